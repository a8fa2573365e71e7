"""Compares what a reader returns with the reference. The functions return a sentence about the first difference."""

import struct
from collections.abc import Sequence
from typing import Any

from reference.jsontext import parse
from reference.types import Columns, Kind

Row = tuple[Any, ...]


def columns_differ(expected: Columns, got: Columns) -> str | None:
    """Compares names and types of columns."""
    if expected == got:
        return None
    names, got_names = [n for n, _ in expected], [n for n, _ in got]
    if names != got_names:
        return f"columns {_short(got_names)} instead of {_short(names)}"
    for (name, kind), (_, got_kind) in zip(expected, got, strict=True):
        if kind != got_kind:
            return f"type of {name!r} is {_short(got_kind)} instead of {_short(kind)}"
    return None


def rows_differ(columns: Columns, expected: Sequence[Row], got: Sequence[Row], nested_nulls: bool) -> str | None:
    """Compares rows. Values must also have the same Python type."""
    if len(expected) != len(got):
        return f"{len(got)} rows instead of {len(expected)}"
    for number, (row, got_row) in enumerate(zip(expected, got, strict=True)):
        for (name, kind), value, got_value in zip(columns, row, got_row, strict=True):
            if name == "_rescued_data":
                found = _rescued_differ(value, got_value)
            else:
                found = _differ(kind, value, got_value, nested_nulls)
            if found:
                return f"row {number}, column {name!r}{found}"
    return None


def _differ(kind: Kind, value: Any, got: Any, nested_nulls: bool) -> str | None:
    if isinstance(kind, str):
        return None if _same_scalar(value, got) else f": {_short(got)} instead of {_short(value)}"
    if not nested_nulls and value is None:
        value = [] if kind[0] == "array" else {} if got is not None else None
    if value is None or got is None:
        return None if value is got else f": {_short(got)} instead of {_short(value)}"
    if kind[0] == "array":
        if not isinstance(got, list) or len(value) != len(got):
            return f": {_short(got)} instead of {_short(value)}"
        for i, (item, got_item) in enumerate(zip(value, got, strict=True)):
            if found := _differ(kind[1], item, got_item, nested_nulls):
                return f"[{i}]{found}"
        return None
    names = [name for name, _ in kind[1]]
    if not isinstance(got, dict) or list(got) != names:
        return f": {_short(got)} instead of the fields {_short(names)}"
    for name, child in kind[1]:
        if found := _differ(child, value.get(name), got[name], nested_nulls):
            return f".{name}{found}"
    return None


def _same_scalar(a: object, b: object) -> bool:
    if type(a) is not type(b):
        return False
    if isinstance(a, float):
        return struct.pack("<d", a) == struct.pack("<d", b)  # 0.0 and -0.0 differ
    return a == b


def _rescued_differ(expected: dict[str, str], got: str | None) -> str | None:
    """Compares rescued values, pointer → JSON text, with the JSON object that was written."""
    if not expected or got is None:
        return None if not expected and got is None else f": {_short(got)} instead of {_short(expected)}"
    members = [(key, node.raw) for key, node in parse(got).members]
    if len(members) != len(dict(members)):
        return f": a pointer twice in {_short(got)}"
    return None if dict(members) == expected else f": {_short(got)} instead of {_short(expected)}"


def rejects_differ(expected: Sequence[dict[str, Any]], got: Sequence[dict[str, Any]]) -> str | None:
    """Compares rejected lines with the objects of the rejects file."""
    if len(expected) != len(got):
        return f"{len(got)} rejected lines instead of {len(expected)}"
    for e, g in zip(expected, got, strict=True):
        kept = e["raw"]
        want = {k: e[k] for k in ("file", "line", "offset", "length", "reason")}
        have = {k: g.get(k) for k in want}
        if want != have:
            return f"rejected {_short(have)} instead of {_short(want)}"
        if not isinstance(g.get("detail"), str) or not g["detail"]:
            return f"no detail with {_short(have)}"
        if g["raw_bytes"] != kept:
            return f"raw bytes of {_short(have)}: {_short(g['raw_bytes'])} instead of {_short(kept)}"
        if bool(g.get("truncated")) != e["truncated"]:
            return f"truncated of {_short(have)}: {g.get('truncated')} instead of {e['truncated']}"
    return None


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 300 else f"{text[:200]} … {text[-80:]}"
