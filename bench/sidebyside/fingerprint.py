"""Prints a fingerprint of one tool's Parquet: the number of rows, and of every column the number of values and a hash.

    python fingerprint.py OUTPUT_DIRECTORY

The fingerprint does not depend on the order of rows, columns or fields, nor on choices in which tools rightly differ:
timestamps and UUIDs are compared as the text they came from, a missing list equals an empty one, a missing struct
equals one of nulls. One more hash is over whole rows, so that values that landed in another record's row show.
This is a process of its own because DuckDB, which reads for it, is large (see measure.py).
"""

import json
import sys
from typing import Any

import duckdb

# Columns that only ndjson-parquet adds.
ADDED = {"_processing_timestamp", "_source_file", "_rescued_data"}


def text_of(expression: str, kind: Any) -> str:
    """Returns SQL for the canonical text of an expression of the type kind."""
    if kind.id == "struct":
        fields = sorted(kind.children)
        parts = []
        for name, child in fields:
            field = f"struct_extract({expression}, {_literal(name)})"
            parts.append(f"'{_quote(name)}:', {text_of(field, child)}")
        return f"concat('{{', {', '.join(parts)}, '}}')"
    if kind.id == "list":
        ((_, child),) = kind.children
        # A lambda's variable must not hide an outer one.
        variable = f"e{expression.count('lambda')}"
        element = text_of(variable, child)
        elements = f"list_transform({expression}, lambda {variable}: {element})"
        return f"concat('[', coalesce(array_to_string({elements}, ','), ''), ']')"
    if kind.id in ("timestamp with time zone", "timestamp_tz"):
        # AT TIME ZONE would need an extension.
        return text_of_timestamp(f"make_timestamp(epoch_us({expression}))")
    if kind.id.startswith("timestamp"):
        return text_of_timestamp(f"({expression})::TIMESTAMP")
    if kind.id in ("float", "double"):
        return f"coalesce(({expression})::DOUBLE::VARCHAR, 'null')"
    if kind.id == "blob":
        return f"coalesce(decode({expression}), 'null')"
    return f"coalesce(({expression})::VARCHAR, 'null')"


def text_of_timestamp(expression: str) -> str:
    return f"coalesce(strftime({expression}, '%Y-%m-%dT%H:%M:%S.%fZ'), 'null')"


def fingerprint(directory: str) -> dict[str, Any]:
    connection = duckdb.connect()
    connection.execute("SET memory_limit='4GB'")
    source = f"read_parquet('{_quote(directory)}/**/*.parquet')"
    relation = connection.sql(f"SELECT * FROM {source}")
    types = zip(relation.columns, relation.types, strict=True)
    columns = sorted((name, kind) for name, kind in types if name not in ADDED)
    texts = [text_of(_identifier(name), kind) for name, kind in columns]
    aggregates = ["count(*)", f"sum(hash(concat_ws('|', {', '.join(texts)})))"]
    aggregates.extend(f"sum(hash({text}))" for text in texts)
    (numbers,) = connection.sql(f"SELECT {', '.join(aggregates)} FROM {source}").fetchall()
    return {
        "rows": numbers[0],
        "row_hash": str(numbers[1]),
        "columns": {name: str(number) for (name, _), number in zip(columns, numbers[2:], strict=True)},
        "types": {name: str(kind) for name, kind in columns},
    }


def _quote(text: str) -> str:
    return text.replace("'", "''")


def _literal(text: str) -> str:
    return f"'{_quote(text)}'"


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


if __name__ == "__main__":
    json.dump(fingerprint(sys.argv[1]), sys.stdout)
