"""The job from manifest to commit record, on a local Spark."""

import gzip
import io
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from conftest import BATCH, GLUE, Place
from glue_batch_job import parse_arguments
from ndjson_batch import chunks, engine, parquet
from ndjson_batch.job import Job
from ndjson_batch.stores import DirectoryStore, open_store

PART = f"merged-parquet-{BATCH[:10]}/part-{BATCH[11:]}-00000.snappy.parquet"
COMMIT = f"merged-parquet-{BATCH[:10]}/_commits/{BATCH[11:]}.json"
REJECTED = f"rejected/{BATCH[:10]}/{BATCH[11:]}.ndjson"


def run(spark, place: Place, manifest: str, **more) -> dict:
    return Job(spark, parse_arguments(place.arguments(manifest, **more))).run()


def rows(place: Place, commit: dict) -> list[dict]:
    found = []
    for output in commit["outputs"]:
        table = pq.read_table(place.root / "output" / output["key"], partitioning=None)
        assert table.num_rows == output["rows"]
        found += table.to_pylist()
    return found


def lines(*records) -> str:
    return "".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in records)


def test_a_batch_becomes_parquet_and_one_commit(spark, place):
    first = place.put("a b.ndjson", lines({"id": 1, "v": 1.5}, "not json", {"id": 2, "v": "x"}, ""))
    second = place.put("b.ndjson", '{"id":3}')
    commit = run(spark, place, place.manifest([first, second]), COMPRESSION_TYPE="ZSTD", JOB_NAME="glue adds this")
    part = PART.replace("snappy", "zstd")
    assert place.files("output") == [COMMIT, part]  # and nothing staged is left
    assert place.files("quarantine") == [REJECTED]
    assert [(r["id"], r["v"], r["_rescued_data"]) for r in rows(place, commit)] == [
        (1, 1.5, None),
        (2, None, '{"/v":"x"}'),
        (3, None, None),
    ]
    assert rows(place, commit)[0]["_source_file"] == first.as_uri() and "%20" in first.as_uri()
    assert rows(place, commit)[0]["_processing_timestamp"].isoformat() == "2025-01-17T14:31:00+00:00"
    [rejected] = [json.loads(line) for line in (place.root / "quarantine" / REJECTED).read_text().splitlines()]
    assert (rejected["line"], rejected["offset"], rejected["raw"]) == (2, 20, "not json")
    assert json.loads((place.root / "output" / COMMIT).read_text()) == commit
    counts = [{name: i[name] for name in ("lines", "rows", "rejected", "blank", "rescued")} for i in commit["inputs"]]
    assert counts[0] == {"lines": 4, "rows": 2, "rejected": 1, "blank": 1, "rescued": 1}
    assert counts[1] == {"lines": 1, "rows": 1, "rejected": 0, "blank": 0, "rescued": 0}


def test_C20_C21_a_repeat_recognises_the_commit(spark, place):
    manifest = place.manifest([place.put("a.ndjson", '{"id":1}')])
    commit = run(spark, place, manifest)
    before = {name: (place.root / "output" / name).stat().st_mtime_ns for name in place.files("output")}
    place.put("a.ndjson", '{"id":2}')  # it does not even look at the input
    assert run(spark, place, manifest) == commit
    assert {name: (place.root / "output" / name).stat().st_mtime_ns for name in place.files("output")} == before


class Crash(Exception):
    pass


@pytest.mark.parametrize("step", range(7))
def test_C10_a_crash_at_any_write_doubles_nothing(spark, place, monkeypatch, step):
    """The driver dies at its step-th change of a store; the next run has the result of an undisturbed one."""
    path = place.put("a.ndjson", lines({"id": 1}, "x", {"id": 2, "v": [1, "x"]}))
    manifest = place.manifest([path])
    undisturbed = Place(place.root / "undisturbed")
    expected = run(spark, undisturbed, undisturbed.manifest([path]))

    left = [step]

    def crashing(method):
        def call(self, *args):
            left[0] -= 1
            if left[0] < 0:
                raise Crash
            return method(self, *args)

        return call

    with monkeypatch.context() as patch:
        for name in ("put", "create", "delete", "copy"):
            patch.setattr(DirectoryStore, name, crashing(getattr(DirectoryStore, name)))
        try:
            run(spark, place, manifest)
        except Crash:
            pass
    commit = run(spark, place, manifest)
    assert place.files("output") == [COMMIT, PART]
    assert (place.root / "output" / PART).read_bytes() == (undisturbed.root / "output" / PART).read_bytes()
    ours, theirs = (
        {name: c[name] for name in c if name not in ("manifest_path", "started_at", "duration_ms")} for c in (commit, expected)
    )
    assert ours == theirs
    assert (place.root / "quarantine" / REJECTED).read_bytes() == (undisturbed.root / "quarantine" / REJECTED).read_bytes()


def test_C10_what_another_run_left_is_not_read_with_ours(spark, place):
    manifest = place.manifest([place.put("a.ndjson", '{"id":1}')])
    left = place.root / "output" / PART.replace("00000.snappy", "00007.zstd")
    left.parent.mkdir(parents=True)
    left.write_bytes(b"of a run that never committed")
    (place.root / "output" / "_staging" / BATCH / "old").mkdir(parents=True)
    (place.root / "output" / "_staging" / BATCH / "old" / "x.parquet").write_bytes(b"x")
    run(spark, place, manifest)
    assert place.files("output") == [COMMIT, PART]


def test_C11_two_runs_at_once_make_one_commit(spark, place):
    manifest = place.manifest([place.put("a.ndjson", lines(*({"id": n} for n in range(2000))))])
    commits = []
    threads = [threading.Thread(target=lambda: commits.append(run(spark, place, manifest))) for _ in range(2)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert len(commits) == 2 and commits[0] == commits[1]
    assert place.files("output") == [COMMIT, PART]
    assert [r["id"] for r in rows(place, commits[0])] == list(range(2000))


def test_C4_C9_C19_neighbours_of_a_changed_a_missing_and_a_damaged_input_go_on(spark, place):
    paths = [place.put(f"{n}.ndjson", lines({"id": n})) for n in range(3)]
    paths.append(place.put("3.ndjson.gz", gzip.compress(lines({"id": 3}).encode() * 1000)[:-1]))
    manifest = place.manifest(paths)
    place.put("0.ndjson", lines({"id": "another version", "new": 1}))
    paths[1].unlink()
    commit = run(spark, place, manifest)
    assert [(i["status"], i["reason"]) for i in commit["inputs"]] == [
        ("failed", "conflict"),
        ("failed", "missing"),
        ("completed", ""),
        ("failed", "unreadable"),
    ]
    assert [r["id"] for r in rows(place, commit)] == [2]
    assert [i["lines"] for i in commit["inputs"]] == [0, 0, 1, 0]


def test_C4_an_input_that_changes_between_the_passes_is_left_out(spark, place, monkeypatch):
    paths = [place.put(f"{n}.ndjson", lines({"id": n})) for n in range(2)]
    manifest = place.manifest(paths)
    number_lines = engine.number_lines

    def change(*args):
        place.put("0.ndjson", lines({"id": "late"}))
        return number_lines(*args)

    monkeypatch.setattr(engine, "number_lines", change)
    commit = run(spark, place, manifest)
    assert [i["reason"] for i in commit["inputs"]] == ["conflict", ""]
    assert [r["id"] for r in rows(place, commit)] == [1]
    assert place.files("output") == [COMMIT, PART]


def test_C33_nothing_to_write(spark, place):
    commit = run(spark, place, place.manifest([place.put("a.ndjson", "\n \n"), place.put("b.ndjson", "")]))
    assert place.files("output") == [COMMIT] and place.files("quarantine") == []
    assert [i["status"] for i in commit["inputs"]] == ["completed"] * 2 and commit["outputs"] == []
    assert "rejected_key" not in commit


def test_C19_too_many_rejects_and_a_released_file(spark, place):
    path = place.put("a.ndjson", lines({"id": 1}, "x", "y"))
    commit = run(spark, place, place.manifest([path]), MAX_REJECTED_PERCENT=50)
    assert (commit["inputs"][0]["status"], commit["inputs"][0]["reason"]) == ("quarantined", "too-many-rejects")
    other = Place(place.root / "other")
    commit = run(spark, other, other.manifest([path], released=True), MAX_REJECTED_PERCENT=50)
    assert commit["rows"] == 1 and commit["rejected"] == 2


@pytest.fixture
def small_pieces(monkeypatch):
    """Sizes that make many chunks, parts, row groups and files of a small input."""
    cut = chunks.chunk_inputs
    monkeypatch.setattr(engine, "chunk_inputs", lambda files, pinned: cut(files, pinned, 700))
    monkeypatch.setattr(engine, "LEARN_TASK_BYTES", 2000)
    monkeypatch.setattr(engine, "PART_BYTES", 5000)


def test_C35_C42_many_chunks_and_parts_hold_the_same_rows_in_order(spark, place, small_pieces):
    records = [{"id": n, "text": "é" * (n % 40)} for n in range(300)]
    content = lines(*records[:150], "reject one", "", *records[150:], "reject two", {"last": True})
    paths = [place.put(f"{n:02d}.ndjson", content) for n in range(3)]
    paths += [place.put(f"small{n:02d}.ndjson", lines({"id": 1000 + n})) for n in range(20)]
    commit = run(spark, place, place.manifest(paths))
    assert len(commit["outputs"]) > 4
    found = rows(place, commit)
    expected = ([*range(300), None] * 3) + [*range(1000, 1020)]
    assert [r["id"] for r in found] == expected
    assert [r["last"] for r in found if r["last"] is not None] == [True] * 3
    rejected = [json.loads(line) for line in (place.root / "quarantine" / REJECTED).read_text().splitlines()]
    assert [r["line"] for r in rejected] == [151, 303] * 3
    raw = content.encode()
    assert [r["offset"] for r in rejected] == [raw.index(b"reject one"), raw.index(b"reject two")] * 3
    for i in commit["inputs"][:3]:
        assert (i["lines"], i["rows"], i["rejected"], i["blank"]) == (304, 301, 2, 1)


def test_a_part_that_grows_too_large_becomes_several_files(monkeypatch):
    from ndjson_batch.ddl import Field, Type

    monkeypatch.setattr(parquet, "ARROW_BATCH_ROWS", 10)
    monkeypatch.setattr(parquet, "ROW_GROUP_BYTES", 1)
    monkeypatch.setattr(parquet, "FILE_BYTES", 500)
    writer = parquet.ParquetWriter((Field("id", Type("bigint")),), "snappy")
    files = [file for n in range(95) for file in writer.add({"id": n}, 1)] + list(writer.finish())
    assert len(files) > 1
    ids = [i for file in files for i in pq.read_table(io.BytesIO(file.content.read()))["id"].to_pylist()]
    assert ids == list(range(95)) and sum(file.rows for file in files) == 95


def test_C39_spark_reads_what_was_written(spark, place):
    """Types, nulls, odd names and µs, as Spark sees them."""
    from pyspark.sql import SparkSession

    path = place.put(
        "a.ndjson",
        lines(
            {"id": 2**53 + 1, "d": -0.0, "s": "😀", "b": True, "odd name": 1, "l": [{"x.y": [1, None]}, None], "o": {"é": 1.5}},
            {"id": None, "l": [], "o": {}},
        ),
    )
    commit = run(spark, place, place.manifest([path]))
    frame = SparkSession(spark).read.parquet(str(place.root / "output" / commit["outputs"][0]["key"]))
    types = dict(frame.dtypes)
    assert types["l"] == "array<struct<x.y:array<bigint>>>" and types["_processing_timestamp"] == "timestamp"
    assert (types["id"], types["d"], types["s"], types["b"], types["odd name"]) == (
        "bigint", "double", "string", "boolean", "bigint",
    )  # fmt: skip
    first, second = (r.asDict(recursive=True) for r in frame.collect())
    assert first["id"] == 2**53 + 1 and repr(first["d"]) == "-0.0" and first["s"] == "😀" and first["odd name"] == 1
    assert first["l"] == [{"x.y": [1, None]}, None] and first["o"] == {"é": 1.5}
    assert second["id"] is None and second["l"] == [] and second["o"] == {"é": None}


def test_the_footer_is_what_formats_asks_for(spark, place):
    commit = run(spark, place, place.manifest([place.put("a.ndjson", '{"id":1,"l":["x"]}')]))
    file = pq.ParquetFile(place.root / "output" / commit["outputs"][0]["key"])
    text = str(file.schema)
    assert "int96" not in text and "repeated group field_id=-1 list" in text and "element (String)" in text
    assert "timeUnit=microseconds" in text and "isAdjustedToUTC=true" in text
    column = file.metadata.row_group(0).column(0)
    assert column.statistics.has_min_max and column.has_offset_index and column.compression == "SNAPPY"
    assert not any("DELTA" in e for i in range(2) for e in file.metadata.row_group(0).column(i).encodings)


def test_as_a_program(place):
    """As spark-submit runs it: a process of its own, the commit record as its last line."""
    path = place.put("a.ndjson", '{"id":1}')
    arguments = place.arguments(place.manifest([path]))
    settings = "--master local[1] --driver-memory 512m --conf spark.ui.enabled=false pyspark-shell"
    environment = os.environ | {"SPARK_LOCAL_IP": "127.0.0.1", "PYSPARK_SUBMIT_ARGS": settings}
    ran = subprocess.run(
        [sys.executable, GLUE / "glue_batch_job.py", *arguments], capture_output=True, text=True, env=environment
    )
    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout.splitlines()[-1])["rows"] == 1
    arguments[1] += "x"
    ran = subprocess.run([sys.executable, GLUE / "glue_batch_job.py", *arguments], capture_output=True, text=True, env=environment)
    assert ran.returncode != 0 and "does not end in <date>/batch-<name>.json" in ran.stderr


def test_places():
    assert open_store("bucket").uri("k") == "s3://bucket/k"
    assert open_store("s3://bucket/a/", "b").uri("k") == "s3://bucket/a/b/k"
    assert open_store("/tmp/x y").uri("k é") == "file:///tmp/x%20y/k%20%C3%A9"
    assert open_store("file:///tmp/x%20y").root == Path("/tmp/x y")
    settings = parse_arguments(
        "--MANIFEST_PATH 2025-01-17/batch-0001-20250117-143100.json --MANIFEST_BUCKET m --OUTPUT_BUCKET o".split()
    )
    assert settings.manifest_path == "s3://m/2025-01-17/batch-0001-20250117-143100.json"
    assert settings.quarantine.uri("k") == "s3://o/k"
