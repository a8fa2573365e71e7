"""Both engines convert a manifest alike: rows, schema, schema log, rejected records and commit record.

README.md lists what the native engine accepts and this one does not. The inputs here leave that out.

The native engine runs first, through the command. The manifests it wrote are then given to the Spark job, with other places
for the schema log and the output.
"""

import gzip
import json
import os
import random
import shutil
import subprocess
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from conftest import GLUE
from glue_batch_job import parse_arguments
from ndjson_batch.job import Job

DIFFERENT = ("engine", "writer", "manifest_path", "outputs", "started_at", "duration_ms", "oddities")


@pytest.fixture(scope="session")
def native(tmp_path_factory) -> Path:
    """The command, built from this tree."""
    target = tmp_path_factory.mktemp("bin") / "ndjson-parquet"
    subprocess.run(["go", "build", "-o", target, "./cmd/ndjson-parquet"], cwd=GLUE.parent, check=True)
    return target


class Parity:
    """One dataset, converted by both engines."""

    def __init__(self, root: Path, native: Path, spark):
        self.input = root / "input"
        self.input.mkdir()
        self._roots = {"native": root / "native", "glue": root / "glue"}
        self._native = native
        self._spark = spark

    def put(self, name: str, content: bytes | str) -> None:
        (self.input / name).write_bytes(content.encode() if isinstance(content, str) else content)

    def convert_and_compare(self, expect: dict | None = None, **settings) -> dict:
        """Convert what is new with both engines and compare. Returns the last batch's commit record of the job."""
        known = set(self._roots["native"].glob("manifests/*/*.json"))
        ran = subprocess.run(
            [self._native, "run", self.input, "--root", self._roots["native"], "--json"],
            env=os.environ | {name: str(value) for name, value in settings.items()},
            capture_output=True,
            text=True,
        )
        assert ran.returncode in (0, 3), ran.stderr
        manifests = sorted(set(self._roots["native"].glob("manifests/2*/*.json")) - known)
        assert manifests, ran.stderr
        if len(manifests) > 1:  # they were converted at the same time: walk along the log that they made together
            for version in self._roots["native"].glob("manifests/_schema/*"):
                target = self._roots["glue"] / "manifests" / "_schema" / version.name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(version, target)
        for manifest in manifests:
            commit = self._convert(manifest, settings)
            self._compare(commit)
        return commit

    def _convert(self, manifest: Path, settings: dict) -> dict:
        root = self._roots["glue"]
        target = root / "manifests" / manifest.parent.name / manifest.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(manifest, target)
        arguments = {
            "MANIFEST_PATH": target,
            "MANIFEST_BUCKET": root / "manifests",
            "OUTPUT_BUCKET": root / "output",
            "QUARANTINE_BUCKET": root / "quarantine",
            **settings,
        }
        argv = [str(text) for name, value in arguments.items() for text in ("--" + name, value)]
        return Job(self._spark, parse_arguments(argv)).run()

    def _compare(self, glue: dict) -> None:
        batch = glue["batch"]
        native = json.loads(self._file("native", f"output/merged-parquet-{batch[:10]}/_commits/{batch[11:]}.json"))
        for commit in (native, glue):
            assert sum(o["rows"] for o in commit["outputs"]) == commit["rows"]
        assert strip(glue) == strip(native)
        assert [Path(c["manifest_path"]).name for c in (native, glue)] == [f"batch-{batch[11:]}.json"] * 2
        logs = [
            {p.name: json.loads(p.read_text()) for p in (root / "manifests" / "_schema").glob("*")}
            for root in self._roots.values()
        ]
        assert logs[1] == logs[0]
        if "rejected_key" in glue:
            ours, theirs = (
                self._file(engine, "quarantine/" + glue["rejected_key"]).splitlines() for engine in ("glue", "native")
            )
            assert [json.loads(line) for line in ours] == [json.loads(line) for line in theirs]
        tables = {engine: self._table(engine, commit) for engine, commit in (("native", native), ("glue", glue))}
        if glue["rows"] == 0:
            assert tables == {"native": None, "glue": None}
            return
        assert tables["glue"].schema.equals(tables["native"].schema)
        # repr tells -0.0 from 0.0 and an integer from a float.
        for a, b in zip(tables["glue"].to_pylist(), tables["native"].to_pylist(), strict=True):
            assert repr(a) == repr(b)

    def _file(self, engine: str, key: str) -> bytes:
        return (self._roots[engine] / key).read_bytes()

    def _table(self, engine: str, commit: dict) -> pa.Table | None:
        paths = [self._roots[engine] / "output" / o["key"] for o in commit["outputs"]]
        return pa.concat_tables([pq.read_table(path, partitioning=None) for path in paths]) if paths else None

    def rescued(self, commit: dict) -> list[str]:
        column = self._table("glue", commit).column("_rescued_data").to_pylist()
        return [text for text in column if text is not None]


def strip(commit: dict) -> dict:
    """What must be equal of a commit record."""
    record = {name: value for name, value in commit.items() if name not in DIFFERENT}
    record["inputs"] = [{name: value for name, value in i.items() if name != "detail"} for i in commit["inputs"]]
    return record


@pytest.fixture
def parity(tmp_path, native, spark) -> Parity:
    return Parity(tmp_path, native, spark)


def lines(*records) -> str:
    return "".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in records)


def test_flat(parity):
    rng = random.Random(1)
    for name in "abc":
        records = [
            {
                "id": rng.randrange(10**9),
                "name": rng.choice(["ann", "bøb", "", 'q"\\\n', "😀"]),
                "amount": rng.choice([rng.random(), rng.randrange(100), 0.0, -0.0, 1e300, None]),
                "ok": rng.random() < 0.5,
                "late": rng.random() if i > 250 else None,
            }
            for i in range(300)
        ]
        parity.put(f"2025-01-17-{name}.ndjson", lines(*records))
    commit = parity.convert_and_compare()
    assert commit["rows"] == 900 and commit["rejected"] == commit["rescued"] == 0


def test_C29_nested(parity):
    rng = random.Random(2)

    def value(depth: int):
        kind = rng.randrange(7 if depth else 5)
        if kind == 5:
            return [value(depth - 1) for _ in range(rng.randrange(4))]
        if kind == 6:
            return {name: value(depth - 1) for name in rng.sample(["a", "b", "odd name", "d.e"], rng.randrange(4))}
        return [None, rng.randrange(9), rng.random(), rng.choice("xyz"), rng.random() < 0.5][kind]

    records = [{name: value(4) for name in rng.sample("pqrstu", 4)} for _ in range(400)]
    records += [{"empty": [], "none": None, "hollow": {}, "nulls": [None, [], {}], "later": []}]
    records += [{"later": [{"x": 1}]}]
    parity.put("2025-01-17-a.ndjson", lines(*records[:200]))
    parity.put("2025-01-17-b.ndjson", lines(*records[200:]))
    commit = parity.convert_and_compare()
    assert commit["rescued"] > 100


def test_C27_drift_from_batch_to_batch(parity):
    parity.put("2025-01-17-a.ndjson", lines({"id": 1, "v": 1}, {"id": 2, "v": 1.5}, {"id": 3, "v": "x", "w": []}))
    assert parity.convert_and_compare()["schema_version"] == 1
    parity.put("2025-01-18-a.ndjson", lines({"id": "no", "v": 1.5, "w": ["now"]}, {"u": {"n": 1}}, {"u": {"n": 2}}))
    assert parity.convert_and_compare()["schema_version"] == 2
    parity.put("2025-01-18-b.ndjson", lines({"u": {"n": "x", "m": True}, "w": [1, "a"]}))
    commit = parity.convert_and_compare()
    assert commit["schema_version"] == 3 and commit["rescued"] == 2
    parity.put("2025-01-19-a.ndjson", lines({"id": 4}))
    assert parity.convert_and_compare()["schema_version"] == 3


DIRTY = [
    b"\xef\xbb\xbf" + b'{"id":1,"v":"first, behind a BOM"}\r',
    b"",
    b" \t\r",
    b'{"id":2,"v":"bad \xff utf8"}',
    b'{"id":3,"v":"lone \\ud800"}',
    b'{"id":4,"v":"pair \\ud83d\\ude00"}',
    b'{"id":5,"v":NaN}',
    b"[1,2,3]",
    b"42",
    b'"text"',
    b"{",
    b'  "id": 6,',
    b"}",
    b'{"id":9,"id":10,"id":11,"v":null,"v":"b"}',
    b'{"Id":12,"ID":13,"id":14}',
    b'{"":1,"a/b":2,"m~n":3,"a.b c":4,"q\\"\\\\\\n\\u0001":5,"\xc3\xa9":6,"\\ud800":7}',
    b'{"_source_file":"mine","_Rescued_Data":1,"_processing_timestamp":2}',
    b'{"id":9007199254740993,"d":9007199254740993}',
    b'{"id":9223372036854775807,"d":0.1}',
    b'{"id":9223372036854775808,"d":9223372036854775808}',
    b'{"id":-9223372036854775808,"d":-0.0}',
    b'{"id":-0,"d":-0}',
    b'{"id":1.5,"d":1e400}',
    b'{"id":0.15e1,"d":1E-400}',
    b'{"id":true,"d":4.9e-324}',
    b'{"d":123456789012345678901234567890}',
    b'{"d":100000000000000000000}',
    b'{"d":0e999999999999}',
    b'{"x":' + b"[" * 127 + b"]" * 127 + b"}",
    b'{"x":' + b"[" * 128 + b"]" * 128 + b"}",
    b"\xef\xbb\xbf" + b'{"id":15}',
    b'{"id":16,"v":"\x7f"}',
    b'{"id":17,"v":"raw \t tab"}',
    "{\"id\":18,\"\u017ftra\u00dfe\":1,\"STRA\u1e9eE\":2,\"\u212a\":3,\"k\":4}".encode(),
    b'{"o":{"A":1,"a":2,"a":{"b":[]}},"l":[{"x":1},{"x":"y","x":3},null,[],{}]}',
    b'{"id":19,"v":"no newline behind"}',
]  # fmt: skip


def test_C28_C30_C32_dirty(parity):
    parity.put("2025-01-17-a.ndjson", b"\n".join(DIRTY))
    parity.put("2025-01-17-b.ndjson", b"\r\n".join(DIRTY[3:]) + b"\r\n")
    parity.put("2025-01-17-c.ndjson", b"")
    parity.put("2025-01-17-d.ndjson", b"\n \n\t\r\n")
    commit = parity.convert_and_compare()
    assert commit["rejected"] > 20 and commit["rescued"] > 20


def test_C31_C36_limits(parity):
    long = [lines({"id": n, "pad": "é" * size}) for n, size in ((1, 10), (2, 2_600_000), (3, 40), (4, 5_000), (5, 1))]
    many = lines({f"k{n}": n for n in range(60)}, {"deep": [[[[1]]]]}, {"deep": [[1]]}, {"k59": 1, "k70": {"x": 1}})
    parity.put("2025-01-17-a.ndjson", "".join(long))
    parity.put("2025-01-17-b.ndjson", many)
    commit = parity.convert_and_compare(MAX_RECORD_BYTES=9_000, MAX_DEPTH=4, MAX_COLUMNS=40)
    assert commit["rejected"] == 3
    assert any('"/k70"' in text for text in parity.rescued(commit))


def test_C34_compressed(parity):
    first, second = lines({"id": 1, "v": "x"}, "[]"), lines({"id": 2, "v": 3}, {"id": 4})
    parity.put("2025-01-17-a.ndjson.gz", gzip.compress(first.encode(), mtime=0) + gzip.compress(second.encode()))
    parity.put("2025-01-17-b.ndjson.zst", pa.compress(second.encode(), codec="zstd", asbytes=True))
    parity.put("2025-01-17-c.ndjson.gz", second)  # not compressed despite its name
    parity.put("2025-01-17-d.ndjson.gz", gzip.compress(first.encode() * 1000)[:-9])
    parity.put("2025-01-17-e.ndjson.gz", b"\x1f")
    commit = parity.convert_and_compare()
    assert [i["status"] for i in commit["inputs"]] == ["completed"] * 3 + ["failed"] * 2
    assert {i["reason"] for i in commit["inputs"][3:]} == {"unreadable"}


def test_C19_too_many_rejects(parity):
    parity.put("2025-01-17-a.ndjson", lines({"id": 1}, "x", {"id": 2}))
    parity.put("2025-01-17-b.ndjson", lines({"other": "1"}, "x", "y"))
    commit = parity.convert_and_compare(MAX_REJECTED_PERCENT=50)
    assert [i["status"] for i in commit["inputs"]] == ["completed", "quarantined"]


def test_C33_nothing_to_write(parity):
    parity.put("2025-01-17-a.ndjson", "\n\n")
    parity.put("2025-01-17-b.ndjson", "")
    commit = parity.convert_and_compare()
    assert commit["outputs"] == [] and commit["rows"] == 0


@pytest.mark.parametrize("seed", range(6))
def test_random_records(parity, seed):
    """Any mixture of types, names, orders and literals."""
    rng = random.Random(seed)
    names = ["a", "b", "c", "long name", "é", "", "_source_file", "k/~"]
    literals = [
        "null", "true", "0", "-0", "1", "12345678901234567", "9007199254740993", "18446744073709551615", "1.5",
        "1e400", "1e-400", '""', '"x"', '"\\u00e9"', '"\\ud800"', "[]", "{}", '"é"', "0.1e-2",
    ]  # fmt: skip

    def text(depth: int) -> str:
        kind = rng.randrange(6) if depth else 0
        space = rng.choice(["", "", " ", "\t"])
        if kind == 5:
            return "[" + ("," + space).join(text(depth - 1) for _ in range(rng.randrange(3))) + "]"
        if kind == 4:
            return record(depth - 1)
        return rng.choice(literals)

    def record(depth: int) -> str:
        keys = rng.choices(names, k=rng.randrange(5))
        return "{" + ",".join(f'{json.dumps(key, ensure_ascii=False)}: {text(depth)}' for key in keys) + "}"

    for name in "abcd":
        content = []
        for _ in range(rng.randrange(60)):
            content.append(record(3))
        parity.put(f"2025-01-1{rng.randrange(7, 9)}-{name}.ndjson", "\n".join(content))
    parity.convert_and_compare()
