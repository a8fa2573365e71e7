"""The two passes on Spark: learn what the rows show, then write them. Only this module knows Spark."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Iterator

from .batch import Manifest, Outcome, Output
from .chunks import PART_BYTES, LEARN_TASK_BYTES, Chunk, Converter, Learnt, Limits, chunk_inputs, group, learn
from .ddl import Field, Schema, Type
from .errors import InputError
from .inputs import Pinned, pin
from .record import RowConverter
from .stores import Store, spool

if TYPE_CHECKING:
    import pyarrow
    from pyspark.sql import SparkSession
    from pyspark.sql.types import DataType, StructType

ARROW_BATCH_BYTES = 8 << 20  # of the input, in one batch of rows
ARROW_BATCH_ROWS = 50_000

SYSTEM_FIELDS = (
    Field("_processing_timestamp", Type("timestamp")),
    Field("_source_file", Type("string")),
    Field("_rescued_data", Type("string")),
)


def start_spark() -> "SparkSession":
    """Return a session set up for the Parquet that docs/FORMATS.md asks for, with this package on its executors."""
    import sys

    from pyspark.sql import SparkSession

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # local executors run what the driver runs
    spark = SparkSession.builder.appName("ndjson-parquet").config(map=_session_settings()).getOrCreate()
    spark.sparkContext.addPyFile(_package_zip())
    return spark


def _session_settings() -> dict[str, str]:
    settings = {
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
        "spark.sql.parquet.writeLegacyFormat": "false",
        "spark.sql.caseSensitive": "true",
        "spark.hadoop.parquet.enable.summary-metadata": "false",
        "spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs": "false",
        "spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version": "2",
    }
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    if endpoint:
        settings["spark.hadoop.fs.s3a.endpoint"] = endpoint
        settings["spark.hadoop.fs.s3a.path.style.access"] = "true"
        settings["spark.hadoop.fs.s3a.connection.ssl.enabled"] = str(endpoint.startswith("https")).lower()
    return settings


def _package_zip() -> str:
    """Return this package as Spark ships it. On Glue it comes as such a file itself."""
    here = Path(__file__).parent
    if here.parent.suffix == ".zip":
        return str(here.parent)
    target = Path(mkdtemp(prefix="ndjson-batch-")) / "ndjson_batch.zip"
    with zipfile.ZipFile(target, "w") as z:
        for module in sorted(here.glob("*.py")):
            z.write(module, f"{here.name}/{module.name}")
    return str(target)


def pin_inputs(manifest: Manifest) -> tuple[dict[int, Pinned], dict[int, Outcome]]:
    """Find all inputs at their versions; return those found, and why the others fail, by their place in the manifest."""

    def attempt(file):
        try:
            return pin(file)
        except InputError as e:
            return Outcome("failed", e.reason, str(e))

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(attempt, manifest.files))
    found = {i: a for i, a in enumerate(answers) if isinstance(a, Pinned)}
    return found, {i: a for i, a in enumerate(answers) if isinstance(a, Outcome)}


def learn_all(spark: "SparkSession", manifest: Manifest, pinned: dict[int, Pinned], limits: Limits) -> list[Learnt]:
    """The first pass over all inputs. The results are in the order of the input."""
    tasks = group(chunk_inputs(manifest.files, pinned), LEARN_TASK_BYTES)
    if not tasks:
        return []
    rdd = spark.sparkContext.parallelize(tasks, len(tasks))
    return rdd.flatMap(lambda chunks: learn(chunks, limits)).collect()


def number_lines(learnt: list[Learnt], outcomes: list[Outcome]) -> list[tuple[Chunk, int]]:
    """Return the chunks that have rows or rejects of completed inputs, with right line numbers, and their rows."""
    chunks = []
    line = 0
    for i, result in enumerate(learnt):
        if i == 0 or learnt[i - 1].chunk.index != result.chunk.index:
            line = 0
        if outcomes[result.chunk.index].completed and result.counts.rows + result.counts.rejected:
            chunks.append((replace(result.chunk, first_line=line + 1), result.counts.rows))
        line += result.counts.lines
    return chunks


class PartWriter:
    """The second pass: writes the parts of a batch into its staging folder."""

    def __init__(self, manifest: Manifest, schema: Schema, limits: Limits, output: Store, staging: str):
        self._schema = schema + SYSTEM_FIELDS
        self._base = schema
        self._limits = limits
        self._output = output
        self._staging = staging
        self._micros = manifest.processing_micros

    def write(self, spark: "SparkSession", parts: list[list[Chunk]], codec: str) -> None:
        """Write each part's rows as one Parquet object below <staging>parquet/, and what else it yields beside it."""
        tasks = spark.sparkContext.parallelize([(n,) for n in range(len(parts))], len(parts))
        frame = spark.createDataFrame(tasks, "part int")
        rows = frame.mapInArrow(self._mapper(parts), spark_schema(self._schema))
        target = self._output.spark_path(self._staging + "parquet", s3_scheme(spark))
        rows.write.option("compression", "uncompressed" if codec == "none" else codec).parquet(target)

    def _mapper(self, parts: list[list[Chunk]]):
        def convert(batches: Iterator["pyarrow.RecordBatch"]) -> Iterator["pyarrow.RecordBatch"]:
            for batch in batches:
                for n in batch.column("part").to_pylist():
                    yield from self.convert_part(n, parts[n])

        return convert

    def convert_part(self, n: int, chunks: list[Chunk]) -> Iterator["pyarrow.RecordBatch"]:
        """Yield a part's rows; at the end stage its rejected records and its counts.

        A task that runs twice stages the same bytes under the same names.
        """
        with spool() as rejects:
            converter = Converter(RowConverter(self._base), self._limits, self._micros, rejects)
            yield from self._arrow_batches(converter, chunks)
            if rejects.tell():
                rejects.seek(0)
                self._output.put(rejects_key(self._staging, n), rejects)
        with spool() as counts:
            counts.write(json.dumps(converter.rescued).encode())
            counts.seek(0)
            self._output.put(counts_key(self._staging, n), counts)

    def _arrow_batches(self, converter: Converter, chunks: list[Chunk]) -> Iterator["pyarrow.RecordBatch"]:
        import pyarrow as pa

        row_type = arrow_type(Type("struct", fields=self._schema))
        rows, size = [], 0
        for chunk in chunks:
            for row, length in converter.rows(chunk):
                rows.append(row)
                size += length
                if size >= ARROW_BATCH_BYTES or len(rows) >= ARROW_BATCH_ROWS:
                    yield pa.RecordBatch.from_struct_array(pa.array(rows, row_type))
                    rows, size = [], 0
        if rows:
            yield pa.RecordBatch.from_struct_array(pa.array(rows, row_type))


def rejects_key(staging: str, n: int) -> str:
    return f"{staging}rejects/{n:05d}.ndjson"


def counts_key(staging: str, n: int) -> str:
    return f"{staging}counts/{n:05d}.json"


def plan_parts(chunks: list[tuple[Chunk, int]]) -> tuple[list[list[Chunk]], list[int]]:
    """Divide the chunks among parts, and return the parts and the rows that each will have."""
    rows = dict(chunks)
    parts = group([chunk for chunk, _ in chunks], PART_BYTES)
    return parts, [sum(rows[chunk] for chunk in part) for part in parts]


def describe_outputs(spark: "SparkSession", store: Store, keys: list[str]) -> list[Output]:
    """Return size, checksum and rows of Parquet objects, read back from where they lie."""

    def describe(key: str) -> Output:
        import pyarrow.parquet as pq

        sha = hashlib.sha256()
        with spool() as copy:
            for block in store.blocks(key):
                sha.update(block)
                copy.write(block)
            size = copy.tell()
            return Output(key, pq.read_metadata(copy).num_rows, size, sha.hexdigest())

    return spark.sparkContext.parallelize(keys, len(keys)).map(describe).collect()


def s3_scheme(spark: "SparkSession") -> str:
    """The scheme under which this Spark knows S3: s3 on Glue and EMR, s3a elsewhere."""
    hadoop = spark.sparkContext._jsc.hadoopConfiguration()
    return "s3" if hadoop.get("fs.s3.impl") else "s3a"


def spark_type(t: Type) -> "DataType":
    from pyspark.sql import types as T

    if t.kind == "struct":
        return spark_schema(t.fields)
    if t.kind == "array":
        return T.ArrayType(spark_type(t.elem))
    if t.kind == "map":
        return T.MapType(T.StringType(), spark_type(t.elem))
    if t.kind == "decimal":
        return T.DecimalType(t.precision, t.scale)
    return {
        "boolean": T.BooleanType,
        "bigint": T.LongType,
        "double": T.DoubleType,
        "string": T.StringType,
        "timestamp": T.TimestampType,
        "date": T.DateType,
    }[t.kind]()


def spark_schema(fields: Schema) -> "StructType":
    from pyspark.sql import types as T

    return T.StructType([T.StructField(f.name, spark_type(f.type)) for f in fields])


def arrow_type(t: Type) -> "pyarrow.DataType":
    import pyarrow as pa

    if t.kind == "struct":
        return pa.struct([pa.field(f.name, arrow_type(f.type)) for f in t.fields])
    if t.kind == "array":
        return pa.list_(arrow_type(t.elem))
    if t.kind == "map":
        return pa.map_(pa.string(), arrow_type(t.elem))
    if t.kind == "decimal":
        return pa.decimal128(t.precision, t.scale)
    return {
        "boolean": pa.bool_(),
        "bigint": pa.int64(),
        "double": pa.float64(),
        "string": pa.string(),
        "timestamp": pa.timestamp("us", tz="UTC"),
        "date": pa.date32(),
    }[t.kind]
