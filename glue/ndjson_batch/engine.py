"""The two passes on Spark: learn what the rows show, then write them. Only this module knows Spark."""

from __future__ import annotations

import os
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING

from .batch import Manifest, Outcome, Output
from .chunks import LEARN_TASK_BYTES, PART_BYTES, Chunk, Converter, Learnt, Limits, chunk_inputs, group, learn
from .ddl import Schema
from .errors import InputError
from .inputs import Pinned, pin
from .record import RowConverter
from .stores import BUCKET_OWNER, Store, spool

if TYPE_CHECKING:
    from pyspark import SparkContext


def start_spark() -> "SparkContext":
    """Return the Spark context, with this package on its executors."""
    from pyspark import SparkConf, SparkContext

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # local executors run what the driver runs
    conf = SparkConf().setAppName("ndjson-parquet")
    if owner := os.environ.get(BUCKET_OWNER):
        conf.setExecutorEnv(BUCKET_OWNER, owner)
    spark = SparkContext.getOrCreate(conf)
    _report_to_glue(spark)
    spark.setLogLevel("WARN")
    folder = Path(__file__).parent
    if folder.parent.suffix != ".zip":  # --extra-py-files or --py-files has added it already
        spark.addPyFile(_zip(folder))
    return spark


def _report_to_glue(spark: "SparkContext") -> None:
    """Initialise the GlueContext, without which Glue 5 sends no job metrics. Elsewhere there is none."""
    try:
        from awsglue.context import GlueContext
    except ImportError:
        return
    GlueContext(spark)


def _zip(package: Path) -> str:
    """Return the package as a zip file for Spark."""
    target = Path(mkdtemp(prefix="ndjson-batch-")) / "ndjson_batch.zip"
    with zipfile.ZipFile(target, "w") as z:
        for module in sorted(package.glob("*.py")):
            z.write(module, f"{package.name}/{module.name}")
    return str(target)


def pin_inputs(manifest: Manifest) -> tuple[dict[int, Pinned], dict[int, Outcome]]:
    """Find all inputs at their versions. Return those found, and the errors of the others, by their index in the manifest."""

    def attempt(file):
        try:
            return pin(file)
        except InputError as e:
            return Outcome("failed", e.reason, str(e))

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(attempt, manifest.files))
    found = {i: a for i, a in enumerate(answers) if isinstance(a, Pinned)}
    return found, {i: a for i, a in enumerate(answers) if isinstance(a, Outcome)}


def learn_all(spark: "SparkContext", manifest: Manifest, pinned: dict[int, Pinned], limits: Limits) -> list[Learnt]:
    """The first pass over all inputs. The results are in the order of the input."""
    tasks = group(chunk_inputs(manifest.files, pinned), LEARN_TASK_BYTES)
    if not tasks:
        return []
    return spark.parallelize(tasks, len(tasks)).flatMap(lambda chunks: learn(chunks, limits)).collect()


def number_lines(learnt: list[Learnt], outcomes: list[Outcome]) -> list[Chunk]:
    """Return the chunks that have rows or rejects of completed inputs, with the right numbers of their first lines."""
    chunks = []
    line = 1
    for i, result in enumerate(learnt):
        if i and learnt[i - 1].chunk.index != result.chunk.index:
            line = 1
        if outcomes[result.chunk.index].completed and result.counts.rows + result.counts.rejected:
            chunks.append(replace(result.chunk, first_line=line))
        line += result.counts.lines
    return chunks


@dataclass
class Written:
    """What one task of the second pass has staged."""

    outputs: list[Output] = field(default_factory=list)  # under their staged keys
    rejects_key: str = ""
    rescued: dict[int, int] = field(default_factory=dict)  # values, by input


@dataclass(frozen=True)
class PartWriter:
    """The second pass: converts chunks into objects below a staging folder.

    A task that Spark runs twice stages the same bytes under the same keys.
    """

    schema: Schema
    limits: Limits
    processing_micros: int
    codec: str
    output: Store
    staging: str

    def write_all(self, spark: "SparkContext", chunks: list[Chunk]) -> list[Written]:
        """Convert the chunks. The results are in the order of the input."""
        tasks = list(enumerate(group(chunks, PART_BYTES)))
        if not tasks:
            return []
        return spark.parallelize(tasks, len(tasks)).map(lambda task: self.write(*task)).collect()

    def write(self, task: int, chunks: list[Chunk]) -> Written:
        """Convert one task's chunks."""
        from .parquet import ParquetWriter

        written = Written(rejects_key=f"{self.staging}{task:05d}.rejected.ndjson")
        writer = ParquetWriter(self.schema, self.codec)
        with spool() as rejects:
            converter = Converter(RowConverter(self.schema), self.limits, self.processing_micros, rejects)
            for file in converter.files(chunks, writer):
                with file.content:
                    key = f"{self.staging}{task:05d}-{len(written.outputs):05d}.parquet"
                    self.output.put(key, file.content)
                written.outputs.append(Output(key, file.rows, file.size_bytes, file.sha256))
            if rejects.tell():
                rejects.seek(0)
                self.output.put(written.rejects_key, rejects)
            else:
                written.rejects_key = ""
        written.rescued = converter.rescued
        return written
