"""Prints a fingerprint of one tool's Parquet: the number of rows, and of every column the number of values and a hash.

    python fingerprint.py OUTPUT_DIRECTORY

The fingerprint does not depend on the order of rows, columns or fields, nor on choices in which tools rightly differ:
timestamps and UUIDs are compared as the text they came from, a missing list equals an empty one, a missing struct
equals one of nulls. One more hash is over whole rows, so that values that landed in another record's row show.
This is a process of its own because DuckDB, which reads for it, is large (see measure.py).
"""

import json
import sys

import duckdb

# Columns that only ndjson-parquet adds.
ADDED = {"_processing_timestamp", "_source_file", "_rescued_data"}


def text_of(expression, kind):
    """SQL that gives a value of the type kind as canonical text."""
    if kind.id == "struct":
        fields = sorted(kind.children)
        parts = [f"'{_quote(name)}:', {text_of(f'struct_extract({expression}, {_literal(name)})', child)}" for name, child in fields]
        return f"concat('{{', {', '.join(parts)}, '}}')"
    if kind.id == "list":
        (_, child), = kind.children
        # A lambda's variable must not hide an outer one.
        variable = f"e{expression.count('lambda')}"
        element = text_of(variable, child)
        return f"concat('[', coalesce(array_to_string(list_transform({expression}, lambda {variable}: {element}), ','), ''), ']')"
    if kind.id in ("timestamp with time zone", "timestamp_tz"):
        # Not AT TIME ZONE, which needs an extension.
        return text_of_timestamp(f"make_timestamp(epoch_us({expression}))")
    if kind.id.startswith("timestamp"):
        return text_of_timestamp(f"({expression})::TIMESTAMP")
    if kind.id in ("float", "double"):
        return f"coalesce(({expression})::DOUBLE::VARCHAR, 'null')"
    if kind.id == "blob":
        return f"coalesce(decode({expression}), 'null')"
    return f"coalesce(({expression})::VARCHAR, 'null')"


def text_of_timestamp(expression):
    return f"coalesce(strftime({expression}, '%Y-%m-%dT%H:%M:%S.%fZ'), 'null')"


def fingerprint(directory):
    connection = duckdb.connect()
    connection.execute("SET memory_limit='4GB'")
    relation = connection.sql(f"SELECT * FROM read_parquet('{_quote(directory)}/**/*.parquet')")
    columns = sorted((name, kind) for name, kind in zip(relation.columns, relation.types) if name not in ADDED)
    texts = [text_of(_identifier(name), kind) for name, kind in columns]
    aggregates = ["count(*)", f"sum(hash(concat_ws('|', {', '.join(texts)})))"]
    for text in texts:
        aggregates.append(f"sum(hash({text}))")
    (numbers,) = connection.sql(f"SELECT {', '.join(aggregates)} FROM read_parquet('{_quote(directory)}/**/*.parquet')").fetchall()
    return {
        "rows": numbers[0],
        "row_hash": str(numbers[1]),
        "columns": {name: str(number) for (name, _), number in zip(columns, numbers[2:])},
        "types": {name: str(kind) for name, kind in columns},
    }


def _quote(text):
    return text.replace("'", "''")


def _literal(text):
    return f"'{_quote(text)}'"


def _identifier(name):
    return '"' + name.replace('"', '""') + '"'


if __name__ == "__main__":
    json.dump(fingerprint(sys.argv[1]), sys.stdout)
