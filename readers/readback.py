"""Programs that read Parquet.

Each returns the columns as (name, type), with the types of reference.types and "timestamp", and the rows as tuples of
Python values: lists are lists, structs are dicts, timestamps are datetimes in UTC.
"""

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow
import pyarrow.parquet
from reference.types import Columns, Kind

Table = tuple[Columns, list[tuple[Any, ...]]]
Read = Callable[[str], Table]  # from a path


@dataclass(frozen=True)
class Reader:
    name: str
    read: Read
    # ClickHouse has neither null lists nor null structs: it returns [] and structs of nulls.
    nested_nulls: bool = True


# pyarrow


def _read_pyarrow(path: str) -> Table:
    return _from_arrow(pyarrow.parquet.read_table(path))


def _from_arrow(table: pyarrow.Table) -> Table:
    columns = [(f.name, _arrow_type(f.type)) for f in table.schema]
    return columns, list(zip(*(c.to_pylist() for c in table.columns), strict=True)) if columns else []


def _arrow_type(t: pyarrow.DataType) -> Kind:
    types = pyarrow.types
    if types.is_struct(t):
        return ("struct", [(f.name, _arrow_type(f.type)) for f in t])
    if types.is_list(t):
        return ("array", _arrow_type(t.value_type))
    if types.is_timestamp(t):
        return f"timestamp {t.unit} {t.tz}" if (t.unit, t.tz) != ("us", "UTC") else "timestamp"
    return {"bool": "boolean", "int64": "bigint", "double": "double", "string": "string"}.get(str(t), str(t))


# DuckDB


def _duckdb() -> Read:
    import duckdb

    connection = duckdb.connect()

    def read(path: str) -> Table:
        relation = connection.sql(f"SELECT * FROM read_parquet({_sql_string(path)})")
        columns = [(name, _duckdb_type(kind)) for name, kind in zip(relation.columns, relation.types, strict=True)]
        # DuckDB needs an extension to return times with a zone to Python. All of these are UTC.
        wanted = ", ".join(
            f"make_timestamp(epoch_us({_sql_name(name)}))" if kind == "timestamp" else _sql_name(name)
            for name, kind in columns
        )
        rows = connection.sql(f"SELECT {wanted} FROM read_parquet({_sql_string(path)})").fetchall()
        return columns, [tuple(with_zone(v) for v in row) for row in rows]

    def with_zone(value: Any) -> Any:
        return value.replace(tzinfo=datetime.UTC) if isinstance(value, datetime.datetime) else value

    return read


def _duckdb_type(t: Any) -> Kind:
    if t.id == "struct":
        return ("struct", [(name, _duckdb_type(child)) for name, child in t.children])
    if t.id == "list":
        return ("array", _duckdb_type(t.children[0][1]))
    known = {"BOOLEAN": "boolean", "BIGINT": "bigint", "DOUBLE": "double", "VARCHAR": "string"}
    return {**known, "TIMESTAMP WITH TIME ZONE": "timestamp"}.get(str(t), str(t))


def _sql_string(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _sql_name(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


# Polars


def _polars() -> Read:
    import polars

    def kind(t: Any) -> Kind:
        if isinstance(t, polars.Struct):
            return ("struct", [(f.name, kind(f.dtype)) for f in t.fields])
        if isinstance(t, polars.List):
            return ("array", kind(t.inner))
        known = {
            polars.Boolean: "boolean",
            polars.Int64: "bigint",
            polars.Float64: "double",
            polars.String: "string",
            polars.Datetime("us", "UTC"): "timestamp",
        }
        return known.get(t, str(t))

    def read(path: str) -> Table:
        frame = polars.read_parquet(path)
        return [(name, kind(t)) for name, t in frame.schema.items()], frame.rows()

    return read


# ClickHouse


def _clickhouse() -> Read:
    import chdb

    settings = "SETTINGS output_format_arrow_string_as_string=1, output_format_arrow_low_cardinality_as_dictionary=0"

    def read(path: str) -> Table:
        stream = chdb.query(f"SELECT * FROM file({_sql_string(path)}, Parquet) {settings}", "ArrowStream").bytes()
        return _from_arrow(pyarrow.ipc.open_stream(stream).read_all())

    return read


# Spark


def _spark() -> Read:
    from pyspark.sql import SparkSession, types

    session = (
        SparkSession.builder.master("local[1]")
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.log.level", "ERROR")
        .getOrCreate()
    )

    def kind(t: Any) -> Kind:
        if isinstance(t, types.StructType):
            return ("struct", [(f.name, kind(f.dataType)) for f in t.fields])
        if isinstance(t, types.ArrayType):
            return ("array", kind(t.elementType))
        return str(t.simpleString())

    def plain(value: Any) -> Any:
        if isinstance(value, types.Row):
            return {name: plain(v) for name, v in zip(value.__fields__, value, strict=True)}
        if isinstance(value, list):
            return [plain(v) for v in value]
        if isinstance(value, datetime.datetime):
            return value.astimezone(datetime.UTC)
        return value

    def read(path: str) -> Table:
        frame = session.read.parquet(path)
        columns = [(f.name, kind(f.dataType)) for f in frame.schema]
        return columns, [tuple(plain(v) for v in row) for row in frame.collect()]

    return read


def open_readers(names: Sequence[str]) -> list[Reader]:
    """Returns the named readers, started."""
    makers: dict[str, Callable[[], Reader]] = {
        "pyarrow": lambda: Reader("pyarrow", _read_pyarrow),
        "duckdb": lambda: Reader("duckdb", _duckdb()),
        "polars": lambda: Reader("polars", _polars()),
        "clickhouse": lambda: Reader("clickhouse", _clickhouse(), nested_nulls=False),
        "spark": lambda: Reader("spark", _spark()),
    }
    return [makers[name]() for name in names]


NAMES = ("pyarrow", "duckdb", "polars", "clickhouse", "spark")
