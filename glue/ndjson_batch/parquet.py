"""Writing rows to Parquet.

With pyarrow rather than Spark's own writer: that one lists a column's encodings in the footer in an order that changes
from JVM to JVM, and a second run of a batch must give the same bytes.
"""

from __future__ import annotations

import hashlib
import tempfile
from dataclasses import dataclass
from typing import BinaryIO, Iterator

import pyarrow as pa
import pyarrow.parquet as pq

from .ddl import Field, Schema, Type

SYSTEM_FIELDS = (
    Field("_processing_timestamp", Type("timestamp")),
    Field("_source_file", Type("string")),
    Field("_rescued_data", Type("string")),
)

ARROW_BATCH_BYTES = 4 << 20  # of the input, that are Python objects at a time
ARROW_BATCH_ROWS = 50_000
ROW_GROUP_BYTES = 64 << 20  # of Arrow data
FILE_BYTES = 256 << 20  # a file that has reached this size gets no further row group

_SIMPLE = {
    "boolean": pa.bool_(),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "string": pa.string(),
    "timestamp": pa.timestamp("us", tz="UTC"),
    "date": pa.date32(),
}


def arrow_type(t: Type) -> pa.DataType:
    if t.kind == "struct":
        return pa.struct([pa.field(f.name, arrow_type(f.type)) for f in t.fields])
    if t.kind == "array":
        return pa.list_(pa.field("element", arrow_type(t.elem)))
    if t.kind == "map":
        return pa.map_(pa.string(), arrow_type(t.elem))
    if t.kind == "decimal":
        return pa.decimal128(t.precision, t.scale)
    return _SIMPLE[t.kind]


@dataclass
class WrittenFile:
    """A finished Parquet file; content stands at its start."""

    content: BinaryIO
    rows: int
    size_bytes: int
    sha256: str


class ParquetWriter:
    """Writes rows to as many files as their size calls for. Feed it with ``add``, end with ``finish``; both yield files."""

    def __init__(self, schema: Schema, codec: str):
        self._type = arrow_type(Type("struct", fields=schema + SYSTEM_FIELDS))
        self._codec = "none" if codec == "uncompressed" else codec
        self._rows: list[dict] = []
        self._rows_bytes = 0
        self._batches: list[pa.RecordBatch] = []
        self._batches_bytes = 0
        self._file: BinaryIO | None = None
        self._writer: pq.ParquetWriter | None = None
        self._written = 0  # rows in the current file

    def add(self, row: dict, size: int) -> Iterator[WrittenFile]:
        """Add a row that took size bytes in the input."""
        self._rows.append(row)
        self._rows_bytes += size
        if self._rows_bytes >= ARROW_BATCH_BYTES or len(self._rows) >= ARROW_BATCH_ROWS:
            self._end_batch()
            if self._batches_bytes >= ROW_GROUP_BYTES:
                self._end_row_group()
                if self._file.tell() >= FILE_BYTES:
                    yield self._end_file()

    def finish(self) -> Iterator[WrittenFile]:
        self._end_batch()
        self._end_row_group()
        if self._writer:
            yield self._end_file()

    def _end_batch(self) -> None:
        if self._rows:
            batch = pa.RecordBatch.from_struct_array(pa.array(self._rows, self._type))
            self._batches.append(batch)
            self._batches_bytes += batch.nbytes
            self._rows, self._rows_bytes = [], 0

    def _end_row_group(self) -> None:
        if not self._batches:
            return
        table = pa.Table.from_batches(self._batches)
        if not self._writer:
            self._file = tempfile.TemporaryFile()
            self._writer = pq.ParquetWriter(
                self._file,
                table.schema,
                version="2.6",
                compression=self._codec,
                use_compliant_nested_type=True,
                store_schema=False,  # Arrow's copy of the schema says nothing new
                write_page_index=True,
            )
        self._writer.write_table(table, row_group_size=len(table))
        self._written += len(table)
        self._batches, self._batches_bytes = [], 0

    def _end_file(self) -> WrittenFile:
        self._writer.close()
        size = self._file.tell()
        self._file.seek(0)
        written = WrittenFile(self._file, self._written, size, hashlib.file_digest(self._file, "sha256").hexdigest())
        self._file.seek(0)
        self._writer, self._file, self._written = None, None, 0
        return written
