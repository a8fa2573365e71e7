"""Runs the converter on files and compares its output with the reference."""

import base64
import datetime
import json
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import compare
from readback import Reader
from reference.records import read
from reference.rows import row
from reference.types import learn

PROCESSING_TIME = datetime.datetime(2025, 1, 18, 4, 5, 6, 789000, datetime.UTC)
MAX_RAW_BYTES = 1 << 20


class Expected:
    """What the conversion of some files should give."""

    def __init__(self, paths: Sequence[Path]):
        records, rejected, self.left_out = read(paths)
        learnt = learn([r.node for r in records])
        self.columns = [
            *learnt,
            ("_processing_timestamp", "timestamp"),
            ("_source_file", "string"),
            ("_rescued_data", "string"),
        ]
        self.rows: list[compare.Row] = []
        for record in records:
            values, rescued = row(record.node, learnt)
            self.rows.append((*values.values(), PROCESSING_TIME, record.file, rescued))
        self.rejected: list[dict[str, Any]] = [
            {
                "file": r.file,
                "line": r.line,
                "offset": r.offset,
                "length": len(r.raw),
                "reason": r.reason,
                "raw": _first(r.raw),
                "truncated": len(r.raw) > MAX_RAW_BYTES,
            }
            for r in rejected
        ]


def _first(raw: bytes) -> bytes:
    """Returns what is kept of a rejected line: at most 1 MiB, without a partial UTF-8 character at the end."""
    if len(raw) <= MAX_RAW_BYTES:
        return raw
    end = MAX_RAW_BYTES
    while raw[end] & 0xC0 == 0x80 and end > MAX_RAW_BYTES - 4:
        end -= 1
    return raw[:end]


class Output:
    """What the conversion of some files gives."""

    def __init__(self, binary: Path, paths: Sequence[Path], directory: Path, extra: Sequence[str] = ()):
        self.parquet = directory / "output.parquet"
        rejects = directory / "rejects.ndjson"
        time = PROCESSING_TIME.isoformat().replace("+00:00", "Z")
        options = ["-o", self.parquet, "--rejects", rejects, "--processing-time", time, "--json", *extra]
        command = [str(c) for c in (binary, "convert", *options, *paths)]
        self.process = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
        self.rejected: list[dict[str, Any]] = []
        if rejects.exists():
            for line in rejects.read_text("utf-8").rstrip("\n").split("\n"):
                r = json.loads(line)
                r["raw_bytes"] = base64.b64decode(r["raw_base64"]) if "raw_base64" in r else r["raw"].encode()
                self.rejected.append(r)


def problems(expected: Expected, output: Output, readers: Sequence[Reader]) -> Iterator[str]:
    """Yields a sentence for each difference."""
    code = output.process.returncode
    if code != (3 if expected.rejected or expected.left_out else 0):
        yield f"exit code {code}: {output.process.stderr.strip()[-500:]}"
        return
    summary = json.loads(output.process.stdout)
    rescued = sum(len(r[-1]) for r in expected.rows)
    for key, want in (("rows", len(expected.rows)), ("rejected", len(expected.rejected)), ("rescued", rescued)):
        if summary[key] != want:
            yield f"the summary has {key} = {summary[key]} instead of {want}"
    if found := compare.rejects_differ(expected.rejected, output.rejected):
        yield found
    if not expected.rows:
        if output.parquet.exists():
            yield "a Parquet file without rows was written"
        return
    for reader in readers:
        try:
            columns, rows = reader.read(str(output.parquet))
        except Exception as e:  # whatever the error, the reader could not read the file
            yield f"{reader.name} cannot read it: {type(e).__name__}: {str(e)[:500]}"
            continue
        if found := compare.columns_differ(expected.columns, columns) or compare.rows_differ(
            expected.columns, expected.rows, rows, reader.nested_nulls
        ):
            yield f"{reader.name}: {found}"
