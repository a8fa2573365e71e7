"""From a line to a row: parsing, values by type, and what is rescued or rejected (docs/FORMATS.md)."""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any, Callable

from . import jsontext
from .ddl import Schema, Type
from .evidence import class_of_number, OTHER, parse_double
from .scalars import PARSERS

NOT_JSON, NOT_OBJECT, BAD_UTF8, TOO_LONG, TOO_DEEP = "not-json", "not-object", "bad-utf8", "too-long", "too-deep"

_INT64 = 1 << 63
_KIND_NAMES = {
    jsontext.NULL: "null",
    jsontext.BOOL: "a boolean",
    jsontext.INT: "a number",
    jsontext.FLOAT: "a number",
    jsontext.STRING: "a string",
    jsontext.ARRAY: "an array",
}
_DEEP_EXPONENT = re.compile(rb"[eE]-[0-9]{3}")
_ESCAPED_IN_KEY = re.compile('["\\\\\x00-\x1f\ud800-\udfff]')
_MANY_ZEROS = b"0" * 200


class Reject(Exception):
    """A line that is not one JSON object within the limits."""

    def __init__(self, reason: str, detail: str):
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


class Misfit(Exception):
    """A record that the fast path cannot convert: something in it has to be rescued."""


class _Unusual(Exception):
    """A record that json.loads cannot read without losing something."""


def _distinct(pairs: list) -> dict:
    obj = dict(pairs)
    if len(obj) != len(pairs):
        raise _Unusual
    return obj


def _refuse_constant(_: str) -> None:
    raise _Unusual  # NaN and Infinity are not JSON; the strict parser says so with the position


_decode = json.JSONDecoder(object_pairs_hook=_distinct, parse_constant=_refuse_constant).decode


class LineParser:
    """Parses lines. ``max_depth`` bounds the nesting: a record with no container inside has depth 1."""

    def __init__(self, max_depth: int):
        self._max_depth = max_depth

    def fast(self, line: bytes) -> dict | None:
        """Return the record as json.loads reads it, None if the line needs ``careful``."""
        if self._unusual(line):
            return None
        try:
            obj = _decode(line.decode())
        except (ValueError, _Unusual, RecursionError):
            return None
        if type(obj) is not dict:
            return None
        if line.count(b"{") + line.count(b"[") > self._max_depth and _deeper(obj, self._max_depth):
            return None
        return obj

    @staticmethod
    def _unusual(line: bytes) -> bool:
        """Whether the line may hold a surrogate escape or a number that a double rounds to zero."""
        if b"\\u" in line and (b"\\ud" in line or b"\\uD" in line):
            return True
        if (b"e-" in line or b"E-" in line) and _DEEP_EXPONENT.search(line):
            return True
        return _MANY_ZEROS in line

    def careful(self, line: bytes) -> tuple[str, jsontext.Node]:
        """Return the line's text and the record in it. Raises Reject."""
        try:
            text = line.decode()
        except UnicodeDecodeError as e:
            detail = f"byte 0x{line[e.start]:02x} at byte {e.start} does not belong to a UTF-8 character"
            raise Reject(BAD_UTF8, detail) from None
        try:
            node = jsontext.parse(text, self._max_depth)
        except jsontext.TooDeep as e:
            raise Reject(TOO_DEEP, str(e)) from None
        except jsontext.NotJSON as e:
            raise Reject(NOT_JSON, str(e)) from None
        if node.kind != jsontext.OBJECT:
            raise Reject(NOT_OBJECT, f"the value is {_KIND_NAMES[node.kind]}, not an object")
        return text, node


def _deeper(value: Any, limit: int) -> bool:
    """Whether value nests deeper than limit."""
    level = [value]
    for _ in range(limit):
        below = []
        for container in level:
            for item in container.values() if type(container) is dict else container:
                if type(item) is dict or type(item) is list:
                    below.append(item)
        if not below:
            return False
        level = below
    return True


class RowConverter:
    """Converts records to rows of a schema.

    A row is a dict from column to value, without the columns that are null. Structs are dicts, maps lists of pairs,
    timestamps µs and dates days since 1970.
    """

    def __init__(self, schema: Schema):
        self._columns = {f.name: f.type for f in schema}
        self._fast = _struct_converter(schema)

    def fast(self, obj: dict) -> dict:
        """Convert a record that LineParser.fast returned. Raises Misfit if something in it has to be rescued."""
        return self._fast(obj)

    def careful(self, text: str, node: jsontext.Node) -> tuple[dict, list[tuple[str, str]]]:
        """Convert a record; also return what is rescued, as pairs of a JSON pointer and the value's own text."""
        rescue = _Rescue(text)
        return rescue.struct(node, self._columns, ""), rescue.values


class _Rescue:
    """Converts one record value by value, and keeps what does not fit."""

    def __init__(self, text: str):
        self._text = text
        self.values: list[tuple[str, str]] = []

    def keep(self, pointer: str, node: jsontext.Node) -> None:
        self.values.append((pointer, self._text[node.start : node.end]))

    def struct(self, node: jsontext.Node, fields: dict[str, Type], pointer: str) -> dict:
        row = {}
        repeats: Counter[str] = Counter()
        for name, value, repeated in jsontext.members(node):
            below = f"{pointer}/{escape_pointer(name)}"
            if repeated:
                self.keep_repeated(below, value, repeats)
            elif value.kind == jsontext.NULL:
                continue
            elif name not in fields:
                self.keep(below, value)
            elif (converted := self.value(value, fields[name], below)) is not None:
                row[name] = converted
        return row

    def keep_repeated(self, pointer: str, node: jsontext.Node, repeats: Counter[str]) -> None:
        repeats[pointer] += 1
        n = repeats[pointer]
        self.keep(f"{pointer}~d{n if n > 1 else ''}", node)

    def value(self, node: jsontext.Node, t: Type, pointer: str) -> Any:
        """Return the value as t, None if it is null or rescued."""
        kind = node.kind
        if kind == jsontext.NULL:
            return None
        if t.kind == "struct" and kind == jsontext.OBJECT:
            return self.struct(node, {f.name: f.type for f in t.fields}, pointer)
        if t.kind == "array" and kind == jsontext.ARRAY:
            return [self.value(item, t.elem, f"{pointer}/{i}") for i, item in enumerate(node.value)]
        if t.kind == "map" and kind == jsontext.OBJECT:
            return self.map(node, t, pointer)
        converted = scalar(node, t)
        if converted is None:
            self.keep(pointer, node)
        return converted

    def map(self, node: jsontext.Node, t: Type, pointer: str) -> list[tuple[str, Any]]:
        """Keys are data here, not names: none is refused but one that is no Unicode."""
        pairs = []
        repeats: Counter[str] = Counter()
        for name, value, repeated in jsontext.members(node):
            below = f"{pointer}/{escape_pointer(name)}"
            if repeated:
                self.keep_repeated(below, value, repeats)
            elif not jsontext.is_unicode(name):
                self.keep(below, value)
            else:
                pairs.append((name, self.value(value, t.elem, below)))
        return pairs


def scalar(node: jsontext.Node, t: Type) -> Any:
    """Return a scalar that is not null as t, None if it does not fit."""
    kind = node.kind
    if kind == jsontext.STRING:
        if not jsontext.is_unicode(node.value):
            return None
        if t.kind == "string":
            return node.value
        return PARSERS[t.kind](node.value, t) if t.kind in PARSERS else None
    if kind == jsontext.BOOL:
        return node.value if t.kind == "boolean" else None
    if kind == jsontext.INT and t.kind == "bigint":
        value = int(node.value) if len(node.value) <= 20 else _INT64
        return value if -_INT64 <= value < _INT64 else None
    if kind == jsontext.INT and t.kind == "double":
        return _exact_double(int(node.value)) if class_of_number(node) != OTHER else None
    if kind == jsontext.FLOAT and t.kind == "double":
        return parse_double(node.value)
    if kind in (jsontext.INT, jsontext.FLOAT) and t.kind == "decimal":
        return PARSERS["decimal"](node.value, t)
    return None


def _exact_double(value: int) -> float | None:
    try:
        converted = float(value)
    except OverflowError:
        return None
    return converted if int(converted) == value else None


def escape_pointer(name: str) -> str:
    """Return name as a reference token of RFC 6901, escaped for a JSON string."""
    escaped = name.replace("~", "~0").replace("/", "~1")
    return _ESCAPED_IN_KEY.sub(lambda m: json.dumps(m[0])[1:-1], escaped)


def rescued_json(values: list[tuple[str, str]]) -> str:
    """Return the content of _rescued_data. The pointers are escaped already."""
    return "{" + ",".join(f'"{pointer}":{raw}' for pointer, raw in values) + "}"


Converter = Callable[[Any], Any]

_ALWAYS_FITS = {"string": str, "boolean": bool}


def _converter(t: Type) -> Converter:
    """Return the fast conversion to t of values that are not null. It raises Misfit."""
    if t.kind == "struct":
        return _struct_converter(t.fields)
    if t.kind == "array":
        return _array_converter(_converter(t.elem))
    if t.kind == "map":
        return _map_converter(_converter(t.elem))
    if t.kind in PARSERS:
        return _parsed_converter(t)
    return {"boolean": _boolean, "bigint": _bigint, "double": _double, "string": _string}[t.kind]


def _boolean(value: Any) -> bool:
    if type(value) is not bool:
        raise Misfit
    return value


def _bigint(value: Any) -> int:
    if type(value) is not int or not -_INT64 <= value < _INT64:
        raise Misfit
    return value


def _double(value: Any) -> float:
    if type(value) is float:
        if value - value == 0:
            return value
    elif type(value) is int and (exact := _exact_double(value)) is not None:
        return exact
    raise Misfit


def _string(value: Any) -> str:
    if type(value) is not str:
        raise Misfit
    return value


def _struct_converter(fields: Schema) -> Converter:
    # With each field's converter goes the Python type, if there is one, whose values all fit as they are.
    table = {f.name: (_ALWAYS_FITS.get(f.type.kind), _converter(f.type)) for f in fields}

    def convert(obj: Any) -> dict:
        if type(obj) is not dict:
            raise Misfit
        row = {}
        for name, value in obj.items():
            if value is not None:
                if name not in table:
                    raise Misfit
                fitting, converter = table[name]
                row[name] = value if type(value) is fitting else converter(value)
        return row

    return convert


def _array_converter(item: Converter) -> Converter:
    def convert(values: Any) -> list:
        if type(values) is not list:
            raise Misfit
        return [None if v is None else item(v) for v in values]

    return convert


def _map_converter(item: Converter) -> Converter:
    def convert(obj: Any) -> list:
        if type(obj) is not dict:
            raise Misfit
        return [(name, None if v is None else item(v)) for name, v in obj.items()]

    return convert


def _parsed_converter(t: Type) -> Converter:
    parse = PARSERS[t.kind]

    def convert(value: Any) -> Any:
        # The literal of a number is gone here, and a decimal needs it.
        converted = parse(value, t) if type(value) is str else None
        if converted is None:
            raise Misfit
        return converted

    return convert
