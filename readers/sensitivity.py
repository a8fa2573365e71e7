"""Expectations with one error each, which the checks must find."""

from collections.abc import Callable
from typing import Any

from conversion import Expected
from reference.types import Kind

Falsify = Callable[[Expected], None]

CONTENT = (
    b'{"i":9007199254740993,"d":-0.0,"b":true,"s":"x","l":[1,null],"o":{"p":1,"q":[{"r":0.1}]},"n":null}\n'
    b'{"i":1,"d":2.5,"b":false,"s":"","l":[],"o":{"p":2,"q":[]},"n":1}\n'
    b"bad\n"
    b'{"i":"rescued ","d":0,"s":null,"l":null,"o":null}\n'
)

COLUMNS = ["i", "d", "b", "s", "l", "o", "n", "_processing_timestamp", "_source_file", "_rescued_data"]


def _value(row: int, column: str, value: Any) -> Falsify:
    def falsify(expected: Expected) -> None:
        values = list(expected.rows[row])
        values[COLUMNS.index(column)] = value
        expected.rows[row] = tuple(values)

    return falsify


def _kind(column: str, kind: Kind) -> Falsify:
    def falsify(expected: Expected) -> None:
        expected.columns[COLUMNS.index(column)] = (column, kind)

    return falsify


def _swap_rows(expected: Expected) -> None:
    expected.rows[0], expected.rows[1] = expected.rows[1], expected.rows[0]


def _swap_columns(expected: Expected) -> None:
    expected.columns[0], expected.columns[1] = expected.columns[1], expected.columns[0]


def _reject(key: str, value: Any) -> Falsify:
    def falsify(expected: Expected) -> None:
        expected.rejected[0][key] = value

    return falsify


FALSIFICATIONS: dict[str, Falsify] = {
    "an integer beyond a double's": _value(0, "i", 9007199254740992),
    "minus zero": _value(0, "d", 0.0),
    "the last bit of a double": _value(1, "d", 2.5000000000000004),
    "an integer for a double": _value(1, "d", 2),
    "false for null": _value(2, "b", False),
    "true for false": _value(1, "b", True),
    "null for an empty string": _value(1, "s", None),
    "a null in a list": _value(0, "l", [1]),
    "a list's order": _value(0, "l", [None, 1]),
    "a field": _value(0, "o", {"p": 3, "q": [{"r": 0.1}]}),
    "a field in a list": _value(0, "o", {"p": 1, "q": [{"r": 0.10000000000000002}]}),
    "the processing time": _value(0, "_processing_timestamp", None),
    "the source file": _value(0, "_source_file", "x"),
    "rescued text": _value(2, "_rescued_data", {"/i": '"rescued"'}),
    "a rescue that is none": _value(1, "_rescued_data", {"/i": "1"}),
    "a type": _kind("i", "double"),
    "a type in a list": _kind("l", ("array", "double")),
    "a field's name": _kind("o", ("struct", [("P", "bigint"), ("q", ("array", ("struct", [("r", "double")])))])),
    "the order of rows": _swap_rows,
    "the order of columns": _swap_columns,
    "a row too many": lambda expected: expected.rows.append(expected.rows[0]),
    "a rejected line's number": _reject("line", 4),
    "a rejected line's offset": _reject("offset", 1),
    "a rejected line's reason": _reject("reason", "not-object"),
    "a rejected line's bytes": _reject("raw", b"bat"),
}

# These do not depend on the reader: there is one message for all.
SEEN_ONCE = {
    "a row too many",
    "a rejected line's number",
    "a rejected line's offset",
    "a rejected line's reason",
    "a rejected line's bytes",
}
