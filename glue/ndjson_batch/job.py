"""One batch from its manifest to its commit record."""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from . import engine
from .batch import Counts, Manifest, Outcome, Output, commit_record, manifests_root, parse_manifest
from .chunks import Learnt, Limits, verdict
from .ddl import Schema
from .evidence import Evidence, learn
from .schemalog import SchemaLog, walk
from .stores import Store, open_store, spool

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

_PART_FILE = re.compile(r"part-(\d+)-.*\.parquet")


@dataclass(frozen=True)
class Settings:
    """Where things are and how to convert; the job's arguments."""

    manifest_path: str
    output: Store
    quarantine: Store
    codec: str
    limits: Limits


class Job:
    """Converts and publishes one batch. It may be repeated, and may race with itself: there is one commit."""

    def __init__(self, spark: "SparkSession", settings: Settings):
        self._spark = spark
        self._settings = settings
        root, key = manifests_root(settings.manifest_path)
        manifests = open_store(root)
        content = manifests.read(key)
        if content is None:
            raise FileNotFoundError(f"there is no manifest {settings.manifest_path}")
        self._manifest = parse_manifest(content, settings.manifest_path)
        self._log = SchemaLog(manifests)
        self._staging = f"{self._manifest.staging}{uuid.uuid4().hex}/"  # a run that was given up may still be writing

    def run(self) -> dict:
        """Return the batch's commit record: the one that stands, or the one this run makes."""
        return self.standing_commit() or self._convert_and_publish()

    def standing_commit(self) -> dict | None:
        content = self._settings.output.read(self._manifest.commit_key)
        return json.loads(content) if content is not None else None

    def _convert_and_publish(self) -> dict:
        started = datetime.now(timezone.utc)
        try:
            while True:
                conversion = self._convert()
                if conversion:
                    break
            return self._publish(conversion, started)
        finally:
            self._remove(self._staging)

    def _convert(self) -> "Conversion | None":
        """Convert into staging. None if an input was found changed or missing on the way, so that it has to be left out."""
        manifest, limits = self._manifest, self._settings.limits
        pinned, failed = engine.pin_inputs(manifest)
        learnt = engine.learn_all(self._spark, manifest, pinned, limits)
        outcomes = outcomes_of(manifest, failed, learnt, limits)
        records = evidence_of(learnt, outcomes, limits)
        schema, version = walk(self._log, manifest, lambda base: learn(records, base, limits.max_columns))
        chunks = engine.number_lines(learnt, outcomes)
        parts, rows = engine.plan_parts(chunks)
        conversion = Conversion(outcomes, version, rows)
        if not parts:
            return conversion
        self._remove(self._staging)
        writer = engine.PartWriter(manifest, schema, limits, self._settings.output, self._staging)
        try:
            writer.write(self._spark, parts, self._settings.codec)
        except Exception:
            if engine.pin_inputs(manifest)[1].keys() == failed.keys():
                raise
            return None
        for n in range(len(parts)):
            rescued = json.loads(self._settings.output.read(engine.counts_key(self._staging, n)))
            for index, values in rescued.items():
                outcomes[int(index)].counts.rescued += values
        return conversion

    def _publish(self, conversion: "Conversion", started: datetime) -> dict:
        """Make the outputs visible, then the commit record. Whoever commits first wins."""
        manifest, settings = self._manifest, self._settings
        staged = self._staged_parts()
        described = engine.describe_outputs(self._spark, settings.output, list(staged.values())) if staged else []
        outputs: list[Output] = []
        moves: dict[str, str] = {}
        for (n, source), output in zip(staged.items(), described, strict=True):
            if output.rows != conversion.rows[n]:
                raise RuntimeError(f"part {n} has {output.rows} rows instead of {conversion.rows[n]}")
            if output.rows:
                target = manifest.output_key(len(outputs), settings.codec)
                outputs.append(replace(output, key=target))
                moves[source] = target
        if sum(o.rows for o in outputs) != sum(conversion.rows):
            raise RuntimeError(f"{sum(conversion.rows)} rows were to be written, {sum(o.rows for o in outputs)} were")
        if commit := self.standing_commit():
            return commit  # another run was faster; its outputs must stay as they are
        self._publish_rejects()
        for source, target in moves.items():
            settings.output.copy(source, target)
        # What a run that never committed left under other names of this batch would be read with ours.
        left = [key for key, _ in settings.output.list(manifest.part_prefix) if key not in moves.values()]
        settings.output.delete(left)
        duration = (datetime.now(timezone.utc) - started).total_seconds() * 1000
        record = commit_record(
            manifest,
            settings.manifest_path,
            conversion.schema_version,
            conversion.outcomes,
            outputs,
            started,
            round(duration),
        )
        settings.output.create(manifest.commit_key, record)
        commit = self.standing_commit()
        self._remove(manifest.staging)
        return commit

    def _staged_parts(self) -> dict[int, str]:
        """The Parquet objects in staging, by the part they hold."""
        parts = {}
        for key, _ in self._settings.output.list(self._staging + "parquet/"):
            if m := _PART_FILE.fullmatch(key.rpartition("/")[2]):
                parts[int(m[1])] = key
        return dict(sorted(parts.items()))

    def _publish_rejects(self) -> None:
        staged = self._settings.output.list(self._staging + "rejects/")
        if not staged:
            return
        with spool() as rejects:
            for key, _ in staged:
                for block in self._settings.output.blocks(key):
                    rejects.write(block)
            rejects.seek(0)
            self._settings.quarantine.put(self._manifest.rejected_key, rejects)

    def _remove(self, prefix: str) -> None:
        self._settings.output.delete([key for key, _ in self._settings.output.list(prefix)])


@dataclass
class Conversion:
    """A batch's output before it is published. It lies in staging."""

    outcomes: list[Outcome]
    schema_version: int
    rows: list[int]  # of each part


def outcomes_of(manifest: Manifest, failed: dict[int, Outcome], learnt: list[Learnt], limits: Limits) -> list[Outcome]:
    """Say what becomes of each input."""
    counts = {i: Counts() for i in range(len(manifest.files))}
    failed = dict(failed)
    for result in learnt:
        counts[result.chunk.index].add(result.counts)
        if result.error:
            failed.setdefault(result.chunk.index, result.error)
    return [failed.get(i) or verdict(file, counts[i], limits) for i, file in enumerate(manifest.files)]


def evidence_of(learnt: list[Learnt], outcomes: list[Outcome], limits: Limits) -> Evidence:
    """Merge the evidence of the inputs that are converted, in order."""
    records = Evidence()
    budget = limits.budget()
    for result in learnt:
        if result.evidence is not None and outcomes[result.chunk.index].completed:
            records.merge(result.evidence, budget)
    return records
