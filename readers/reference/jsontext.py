"""JSON values with their own text, which Python's json does not give.

Every verdict and every value is checked against json.loads: this module only adds where a value begins and ends.
"""

import json
import re
from dataclasses import dataclass, field
from json.decoder import scanstring

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
    value: object = None  # of a boolean or string
    members: list = field(default_factory=list)  # of an object: (key, Node), repeated keys included
    items: list = field(default_factory=list)  # of an array


def parse(text):
    """Returns the one value that text holds, or raises NotJSON or TooDeep."""
    try:
        node, end = _value(text, _SPACE.match(text).end(), 0)
        if _SPACE.match(text, end).end() != len(text):
            raise NotJSON("something follows the value")
    except NotJSON:
        if _python_reads(text):
            raise AssertionError(f"Python's json accepts what the reference does not: {text!r}") from None
        raise
    if json.loads(text, object_pairs_hook=_Pairs, parse_int=_Number, parse_float=_Number, parse_constant=_refuse) != _plain(node):
        raise AssertionError(f"Python's json reads another value: {text!r}")
    return node


def _value(text, at, depth):
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
    for word, value in _WORDS.items():
        if text.startswith(word, at):
            return Node("null" if value is None else "boolean", word, value), at + len(word)
    raise NotJSON(f"no value at character {at}")


def _string(text, at):
    try:
        return scanstring(text, at + 1, True)
    except json.JSONDecodeError as e:
        raise NotJSON(str(e)) from None


def _object(text, start, depth):
    members = []
    at = _SPACE.match(text, start + 1).end()
    if text[at : at + 1] == "}":
        return Node("object", text[start : at + 1]), at + 1
    while True:
        if text[at : at + 1] != '"':
            raise NotJSON(f"no key at character {at}")
        key, at = _string(text, at)
        at = _SPACE.match(text, at).end()
        if text[at : at + 1] != ":":
            raise NotJSON(f"no colon at character {at}")
        node, at = _value(text, _SPACE.match(text, at + 1).end(), depth)
        members.append((key, node))
        at, more = _next(text, at, "}")
        if not more:
            return Node("object", text[start:at], members=members), at


def _array(text, start, depth):
    items = []
    at = _SPACE.match(text, start + 1).end()
    if text[at : at + 1] == "]":
        return Node("array", text[start : at + 1]), at + 1
    while True:
        node, at = _value(text, at, depth)
        items.append(node)
        at, more = _next(text, at, "]")
        if not more:
            return Node("array", text[start:at], items=items), at


def _next(text, at, closing):
    """Steps over what follows a member or an item: a comma, or the closing bracket."""
    at = _SPACE.match(text, at).end()
    if text[at : at + 1] == closing:
        return at + 1, False
    if text[at : at + 1] != ",":
        raise NotJSON(f"no comma at character {at}")
    return _SPACE.match(text, at + 1).end(), True


# What json.loads returns must be comparable with a tree: pairs as they came, numbers as their text.
class _Pairs(list):
    pass


class _Number(str):
    pass


def _refuse(word):
    raise NotJSON(word)  # NaN, Infinity, -Infinity


def _python_reads(text):
    try:
        json.loads(text, parse_int=_Number, parse_float=_Number, parse_constant=_refuse)
        return True
    except (ValueError, RecursionError):
        return False


def _plain(node):
    if node.kind == "object":
        return _Pairs((key, _plain(child)) for key, child in node.members)
    if node.kind == "array":
        return [_plain(child) for child in node.items]
    if node.kind in ("integer", "float"):
        return _Number(node.raw)
    return node.value
