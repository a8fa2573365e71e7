"""The walk along the schema log ends in the same place for every run of a batch."""

from pathlib import Path

import pytest

from ndjson_batch.batch import Manifest
from ndjson_batch.ddl import Field, Schema, SchemaConflict, Type, merge, parse_type
from ndjson_batch.schemalog import SchemaLog, Version, walk
from ndjson_batch.stores import DirectoryStore


def schema(**columns: str) -> Schema:
    return tuple(Field(name, parse_type(t)) for name, t in columns.items())


def manifest(version: int, n: int = 1) -> Manifest:
    return Manifest(f"2025-01-17-{n:04d}-20250117-143100", "2025-01-17", "2025-01-17T14:31:00Z", version, ())


@pytest.fixture
def log(tmp_path: Path) -> SchemaLog:
    return SchemaLog(DirectoryStore(tmp_path))


def learner(**learnt: str):
    """What a batch learns beside columns that have a type already."""

    def learn(base: Schema) -> Schema:
        known = {f.name.lower() for f in base}
        return base + tuple(f for f in schema(**learnt) if f.name.lower() not in known)

    return learn


def test_the_first_batch_makes_version_1(log):
    assert walk(log, manifest(0), learner(a="bigint")) == (schema(a="bigint"), 1)
    assert log.read(1).schema == schema(a="bigint") and log.read(2) is None


def test_nothing_new_makes_no_version(log):
    walk(log, manifest(0), learner(a="bigint"))
    assert walk(log, manifest(1), learner(a="string")) == (schema(a="bigint"), 1)
    assert walk(log, manifest(0), learner()) == ((), 0)


def test_a_second_run_takes_the_same_path(log):
    first = walk(log, manifest(0), learner(a="bigint"))
    walk(log, manifest(1, 2), learner(b="double"))
    assert walk(log, manifest(0), learner(a="bigint")) == first


def test_what_others_added_without_conflict_is_passed(log):
    walk(log, manifest(0, 2), learner(b="double"))
    # Its own columns only: the output was not converted with b.
    assert walk(log, manifest(0), learner(a="bigint")) == (schema(a="bigint"), 2)
    assert log.read(2).schema == schema(b="double", a="bigint")


def test_a_conflict_starts_again_from_the_version_that_has_it(log):
    walk(log, manifest(0, 2), learner(a="string"))
    assert walk(log, manifest(0), learner(a="bigint", c="date")) == (schema(a="string", c="date"), 2)
    walk(log, manifest(0, 3), learner(A="bigint"))
    assert walk(log, manifest(0, 3), learner(A="bigint")) == (schema(a="string"), 1)


def test_a_lost_race_is_a_version_to_read(log, monkeypatch):
    append, raced = SchemaLog.append, []

    def slow(self, version, batch, created_at):
        if not raced:
            raced.append(True)
            append(self, Version(version.number, schema(z="date")), "another", created_at)
        return append(self, version, batch, created_at)

    monkeypatch.setattr(SchemaLog, "append", slow)
    assert walk(log, manifest(0), learner(a="bigint")) == (schema(a="bigint"), 2)
    assert log.read(2).schema == schema(z="date", a="bigint")


def test_a_person_s_change_is_where_conversions_start(log):
    walk(log, manifest(0), learner(a="bigint"))
    log.append(Version(2, schema(a="string"), retyped=2), "", "2025-01-18T00:00:00Z")
    assert walk(log, manifest(1), learner(b="date")) == (schema(a="string", b="date"), 3)
    assert log.read(3).retyped == 2


def test_a_pinned_version_that_is_gone_is_an_error(log):
    with pytest.raises(ValueError, match="schema version 3"):
        walk(log, manifest(3), learner())


def test_merge():
    ours = schema(a="struct<x:bigint>", l="array<struct<p:date>>")
    theirs = schema(l="array<struct<q:date>>", a="struct<y:string,x:bigint>", n="boolean")
    assert merge(ours, theirs) == schema(a="struct<x:bigint,y:string>", l="array<struct<p:date,q:date>>", n="boolean")
    for conflict in (schema(a="bigint"), schema(A="struct<x:bigint>"), schema(a="struct<x:double>"), schema(l="array<date>")):
        with pytest.raises(SchemaConflict):
            merge(ours, conflict)
    assert merge((), (Field("d", Type("decimal", precision=3, scale=1)),))[0].type.ddl() == "decimal(3,1)"
