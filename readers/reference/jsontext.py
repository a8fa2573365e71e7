"""Parses JSON into values that keep their text, which Python's json does not.

Every result and every error is compared with json.loads; this module only adds where a value begins and ends.
"""

import json
import re
from dataclasses import dataclass, field
from json.decoder import scanstring  # type: ignore[attr-defined] # undocumented, and without a stub
from typing import Any, NoReturn

_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_WORDS = {"true": True, "false": False, "null": None}

MAX_DEPTH = 128


class NotJSON(ValueError):
    pass


class TooDeep(ValueError):
    pass


@dataclass
class Node:
    kind: str  # null, boolean, integer, float, string, object, array
    raw: str
    value: Any = None  # of a boolean or string
    members: list[tuple[str, "Node"]] = field(default_factory=list)  # of an object, with repeated keys
    items: list["Node"] = field(default_factory=list)  # of an array


def parse(text: str) -> Node:
    """Returns the value of a JSON text, or raises NotJSON or TooDeep."""
    try:
        node, end = value_at(text, _skip_space(text, 0), 0)
        if _skip_space(text, end) != len(text):
            raise NotJSON("something follows the value")
    except NotJSON:
        if _python_reads(text):
            raise AssertionError(f"Python's json accepts a text that the reference refuses: {text!r}") from None
        raise
    python = json.loads(text, object_pairs_hook=_Pairs, parse_int=_Number, parse_float=_Number, parse_constant=_refuse)
    if python != _plain(node):
        raise AssertionError(f"Python's json reads another value: {text!r}")
    return node


def _skip_space(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    assert space is not None  # the pattern matches the empty string
    return space.end()


def value_at(text: str, at: int, depth: int) -> tuple[Node, int]:
    c = text[at : at + 1]
    if c in ("{", "["):
        if depth >= MAX_DEPTH:
            raise TooDeep
        return (_object if c == "{" else _array)(text, at, depth + 1)
    if c == '"':
        value, end = _string(text, at)
        return Node("string", text[at:end], value), end
    if number := _NUMBER.match(text, at):
        raw = number.group()
        return Node("float" if any(m in raw for m in ".eE") else "integer", raw), number.end()
    for word, constant in _WORDS.items():
        if text.startswith(word, at):
            return Node("null" if constant is None else "boolean", word, constant), at + len(word)
    raise NotJSON(f"no value at character {at}")


def _string(text: str, at: int) -> tuple[str, int]:
    try:
        value, end = scanstring(text, at + 1, True)
        return value, end
    except json.JSONDecodeError as e:
        raise NotJSON(str(e)) from None


def _object(text: str, start: int, depth: int) -> tuple[Node, int]:
    members: list[tuple[str, Node]] = []
    at = _skip_space(text, start + 1)
    if text[at : at + 1] == "}":
        return Node("object", text[start : at + 1]), at + 1
    while True:
        if text[at : at + 1] != '"':
            raise NotJSON(f"no key at character {at}")
        key, at = _string(text, at)
        at = _skip_space(text, at)
        if text[at : at + 1] != ":":
            raise NotJSON(f"no colon at character {at}")
        node, at = value_at(text, _skip_space(text, at + 1), depth)
        members.append((key, node))
        at, more = _next(text, at, "}")
        if not more:
            return Node("object", text[start:at], members=members), at


def _array(text: str, start: int, depth: int) -> tuple[Node, int]:
    items: list[Node] = []
    at = _skip_space(text, start + 1)
    if text[at : at + 1] == "]":
        return Node("array", text[start : at + 1]), at + 1
    while True:
        node, at = value_at(text, at, depth)
        items.append(node)
        at, more = _next(text, at, "]")
        if not more:
            return Node("array", text[start:at], items=items), at


def _next(text: str, at: int, closing: str) -> tuple[int, bool]:
    """Skips the comma or closing bracket after a member or an item, and says whether another one follows."""
    at = _skip_space(text, at)
    if text[at : at + 1] == closing:
        return at + 1, False
    if text[at : at + 1] != ",":
        raise NotJSON(f"no comma at character {at}")
    return _skip_space(text, at + 1), True


class _Pairs(list[tuple[str, Any]]):
    """The members of an object from json.loads, with repeated keys."""


class _Number(str):
    """The text of a number from json.loads."""


def _refuse(word: str) -> NoReturn:
    raise NotJSON(word)  # NaN, Infinity, -Infinity


def _python_reads(text: str) -> bool:
    try:
        json.loads(text, parse_int=_Number, parse_float=_Number, parse_constant=_refuse)
        return True
    except (ValueError, RecursionError):
        return False


def _plain(node: Node) -> Any:
    """Returns the value as json.loads with the hooks above returns it."""
    if node.kind == "object":
        return _Pairs((key, _plain(child)) for key, child in node.members)
    if node.kind == "array":
        return [_plain(child) for child in node.items]
    if node.kind in ("integer", "float"):
        return _Number(node.raw)
    return node.value
