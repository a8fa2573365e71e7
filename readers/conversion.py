"""Runs the converter on files and compares its output with the reference."""

import base64
import datetime
import json
import subprocess
from pathlib import Path

import compare
from reference.records import read
from reference.rows import row
from reference.types import learn

PROCESSING_TIME = datetime.datetime(2025, 1, 18, 4, 5, 6, 789000, datetime.timezone.utc)
MAX_RAW_BYTES = 1 << 20


class Expected:
    """The expected output of some files."""

    def __init__(self, paths):
        records, rejected, _ = read(paths)
        learnt = learn([r.node for r in records])
        self.columns = learnt + [
            ("_processing_timestamp", "timestamp"),
            ("_source_file", "string"),
            ("_rescued_data", "string"),
        ]
        self.rows = []
        for record in records:
            values, rescued = row(record.node, learnt)
            self.rows.append((*values.values(), PROCESSING_TIME, record.file, rescued))
        self.rejected = [
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


def _first(raw):
    """What is kept of a line: at most 1 MiB, and of valid UTF-8 whole characters."""
    if len(raw) <= MAX_RAW_BYTES:
        return raw
    end = MAX_RAW_BYTES
    while raw[end] & 0xC0 == 0x80 and end > MAX_RAW_BYTES - 4:
        end -= 1
    return raw[:end]


class Output:
    """The actual output."""

    def __init__(self, binary, paths, directory, extra=()):
        self.parquet = Path(directory) / "output.parquet"
        rejects = Path(directory) / "rejects.ndjson"
        time = PROCESSING_TIME.isoformat().replace("+00:00", "Z")
        command = [binary, "convert", "-o", self.parquet, "--rejects", rejects, "--processing-time", time, "--json", *extra, *paths]
        self.process = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=120)
        self.rejected = []
        if rejects.exists():
            for line in rejects.read_text("utf-8").rstrip("\n").split("\n"):
                r = json.loads(line)
                r["raw_bytes"] = base64.b64decode(r["raw_base64"]) if "raw_base64" in r else r["raw"].encode()
                self.rejected.append(r)


def problems(expected, output, readers):
    """Yields a sentence for everything that is not as expected."""
    code = output.process.returncode
    if code != (3 if expected.rejected else 0):
        yield f"exit code {code}: {output.process.stderr.strip()[-500:]}"
        return
    summary = json.loads(output.process.stdout)
    rescued = sum(len(r[-1]) for r in expected.rows)
    for key, want in (("rows", len(expected.rows)), ("rejected", len(expected.rejected)), ("rescued", rescued)):
        if summary[key] != want:
            yield f"the summary says {key} = {summary[key]} instead of {want}"
    if found := compare.rejects_differ(expected.rejected, output.rejected):
        yield found
    if not expected.rows:
        if output.parquet.exists():
            yield "a Parquet file without rows was written"
        return
    for reader in readers:
        try:
            columns, rows = reader.read(str(output.parquet))
        except Exception as e:  # any error of a reader: it could not read the file
            yield f"{reader.name} cannot read it: {type(e).__name__}: {str(e)[:500]}"
            continue
        found = compare.columns_differ(expected.columns, columns) or compare.rows_differ(
            expected.columns, expected.rows, rows, reader.nested_nulls
        )
        if found:
            yield f"{reader.name}: {found}"
