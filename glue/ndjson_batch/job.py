"""One batch from its manifest to its commit record."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING

from . import engine
from .batch import Counts, Manifest, Outcome, commit_record, manifests_root, parse_manifest
from .chunks import Learnt, Limits, verdict
from .evidence import Evidence, learn
from .schemalog import SchemaLog, walk
from .stores import Store, open_store, spool

if TYPE_CHECKING:
    from pyspark import SparkContext


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

    def __init__(self, spark: "SparkContext", settings: Settings):
        self._spark = spark
        self._settings = settings
        root, key = manifests_root(settings.manifest_path)
        manifests = open_store(root)
        content = manifests.read(key)
        if content is None:
            raise FileNotFoundError(f"there is no manifest {settings.manifest_path}")
        self._manifest = parse_manifest(content, settings.manifest_path)
        self._log = SchemaLog(manifests)
        self._staging = f"{self._manifest.staging}{uuid.uuid4().hex}/"  # an abandoned run may still be writing

    def run(self) -> dict:
        """Return the batch's commit record: the existing one, or the one that this run makes."""
        if commit := self._standing_commit():
            self._remove(self._manifest.staging)  # left by a run that was interrupted after its commit
            return commit
        return self._convert_and_publish()

    def _standing_commit(self) -> dict | None:
        content = self._settings.output.read(self._manifest.commit_key)
        return json.loads(content) if content is not None else None

    def _convert_and_publish(self) -> dict:
        started = datetime.now(timezone.utc)
        try:
            conversion = self._convert()
            while conversion is None:
                conversion = self._convert()
            return self._publish(conversion, started)
        except Exception:
            # Another run that committed meanwhile has removed what this one had staged.
            if commit := self._standing_commit():
                return commit
            raise
        finally:
            self._remove(self._staging)

    def _convert(self) -> "Conversion | None":
        """Convert into staging. Return None if an input turned out to be changed or missing and has to be excluded."""
        manifest, settings = self._manifest, self._settings
        pinned, failed = engine.pin_inputs(manifest)
        learnt = engine.learn_all(self._spark, manifest, pinned, settings.limits)
        outcomes = outcomes_of(manifest, failed, learnt, settings.limits)
        records = evidence_of(learnt, outcomes, settings.limits)
        schema, version = walk(self._log, manifest, lambda base: learn(records, base, settings.limits.max_columns))
        writer = engine.PartWriter(
            schema, settings.limits, manifest.processing_micros, settings.codec, settings.output, self._staging
        )
        try:
            written = writer.write_all(self._spark, engine.number_lines(learnt, outcomes))
        except Exception:
            if engine.pin_inputs(manifest)[1].keys() == failed.keys():
                raise
            return None
        for task in written:
            for index, values in task.rescued.items():
                outcomes[index].counts.rescued += values
        return Conversion(outcomes, version, written)

    def _publish(self, conversion: "Conversion", started: datetime) -> dict:
        """Make the outputs visible, then create the commit record. The first commit record counts."""
        manifest, settings = self._manifest, self._settings
        staged = [output for task in conversion.written for output in task.outputs]
        outputs = [replace(o, key=manifest.output_key(n, settings.codec)) for n, o in enumerate(staged)]
        expected = sum(o.counts.rows for o in conversion.outcomes if o.completed)
        if sum(o.rows for o in outputs) != expected:
            raise RuntimeError(f"{expected} rows were read, but {sum(o.rows for o in outputs)} written")
        if commit := self._standing_commit():
            return commit  # another run has committed; its outputs must not change
        self._publish_rejects([task.rejects_key for task in conversion.written if task.rejects_key])
        for source, target in zip(staged, outputs, strict=True):
            settings.output.copy(source.key, target.key)
        # Remove other outputs of the batch, left by a run without a commit: readers would read them too.
        ours = {o.key for o in outputs}
        settings.output.delete([key for key, _ in settings.output.list(manifest.part_prefix) if key not in ours])
        duration = datetime.now(timezone.utc) - started
        record = commit_record(
            manifest,
            settings.manifest_path,
            conversion.schema_version,
            conversion.outcomes,
            outputs,
            started,
            round(duration.total_seconds() * 1000),
        )
        settings.output.create(manifest.commit_key, record)
        self._remove(manifest.staging)
        return self._standing_commit()

    def _publish_rejects(self, staged: list[str]) -> None:
        if not staged:
            return
        with spool() as rejects:
            for key in staged:
                for block in self._settings.output.blocks(key):
                    rejects.write(block)
            rejects.seek(0)
            self._settings.quarantine.put(self._manifest.rejected_key, rejects)

    def _remove(self, prefix: str) -> None:
        self._settings.output.delete([key for key, _ in self._settings.output.list(prefix)])


@dataclass
class Conversion:
    """A batch's output before publication, in staging."""

    outcomes: list[Outcome]
    schema_version: int
    written: list[engine.Written]


def outcomes_of(manifest: Manifest, failed: dict[int, Outcome], learnt: list[Learnt], limits: Limits) -> list[Outcome]:
    """Return the outcome of each input."""
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
