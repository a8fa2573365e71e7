"""A strict parser of RFC 8259 JSON that keeps each value's position in the text.

Python's ``json`` is an order of magnitude faster, but has neither a value's text nor the earlier values of a
repeated key. The fast paths use ``json``, and this parser for the records that need more.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, Iterator, NamedTuple

# The kinds of nodes. An integer and a float literal differ by a fraction or an exponent, whatever their value.
NULL, BOOL, INT, FLOAT, STRING, OBJECT, ARRAY = "nbifsoa"

_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_STRING = re.compile(r'"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*"')
_STRING_START = re.compile(_STRING.pattern[:-1])  # without the closing quote
_ESCAPE = re.compile(r'\\(?:u([0-9a-fA-F]{4})|(.))')
_LITERALS = {"n": ("null", NULL, None), "t": ("true", BOOL, True), "f": ("false", BOOL, False)}
_SHORT_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_SURROGATE_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")


class NotJSON(ValueError):
    """The text is not one JSON value."""


class TooDeep(ValueError):
    """The text nests deeper than allowed."""


class Member(NamedTuple):
    """One key with its value."""

    key: str
    value: "Node"


@dataclass(slots=True)
class Node:
    """A value and its text, text[start:end].

    ``value`` is None, a bool, the literal's text of a number, the str of a string (which may hold lone surrogates), a
    list of Members of an object, a list of Nodes of an array.
    """

    kind: str
    start: int
    end: int
    value: Any


def parse(text: str, max_depth: int) -> Node:
    """Parse text, which must be exactly one JSON value and white space. Raises NotJSON or TooDeep."""
    parser = _Parser(text, max_depth)
    pos = parser.space(0)
    node = parser.value(pos, 0)
    pos = parser.space(node.end)
    if pos != len(text):
        raise parser.error(pos, " after the value")
    return node


class _Parser:
    def __init__(self, text: str, max_depth: int):
        self.text = text
        self.max_depth = max_depth

    def space(self, pos: int) -> int:
        return _SPACE.match(self.text, pos).end()

    def error(self, pos: int, where: str = "") -> NotJSON:
        if pos >= len(self.text):
            return NotJSON(f"the line ends{where} before the value is complete, at byte {self.byte(pos)}")
        return NotJSON(f"unexpected character {_quoted(self.text[pos])}{where} at byte {self.byte(pos)}")

    def byte(self, pos: int) -> int:
        return len(self.text[:pos].encode())

    def value(self, pos: int, depth: int) -> Node:
        c = self.text[pos : pos + 1]
        if c == '"':
            return self.string(pos)
        if c == "{":
            return self.object(pos, depth + 1)
        if c == "[":
            return self.array(pos, depth + 1)
        if c in _LITERALS:
            word, kind, value = _LITERALS[c]
            if not self.text.startswith(word, pos):
                common = os.path.commonprefix((self.text[pos : pos + len(word)], word))
                raise self.error(pos + len(common), " in a literal")
            return Node(kind, pos, pos + len(word), value)
        if c and c in "-0123456789":
            return self.number(pos)
        raise self.error(pos)

    def number(self, pos: int) -> Node:
        m = _NUMBER.match(self.text, pos)
        if not m:
            raise self.error(pos + 1, " in a number")
        # What looks like the beginning of a fraction or an exponent must be one.
        rest = self.text[m.end() : m.end() + 2]
        if m[2] is None and (rest[:1] in ("e", "E") or rest[:1] == "." and m[1] is None):
            signed = rest[:1] != "." and rest[1:] in ("+", "-")
            raise self.error(m.end() + 1 + signed, " in a number")
        return Node(INT if m[1] is None and m[2] is None else FLOAT, pos, m.end(), m[0])

    def string(self, pos: int) -> Node:
        m = _STRING.match(self.text, pos)
        if not m:
            raise self._bad_string(_STRING_START.match(self.text, pos).end())
        return Node(STRING, pos, m.end(), unescape(m[0][1:-1]))

    def _bad_string(self, pos: int) -> NotJSON:
        """The error of a string that goes wrong at pos."""
        c = self.text[pos : pos + 1]
        if c == "\\":
            return NotJSON(f"invalid escape in a string at byte {self.byte(pos)}")
        if c:
            return NotJSON(f"control character 0x{ord(c):02x} in a string at byte {self.byte(pos)}")
        return self.error(pos, " inside a string")

    def object(self, pos: int, depth: int) -> Node:
        self._check(pos, depth)
        members: list[Member] = []
        at = self.space(pos + 1)
        if self.text.startswith("}", at):
            return Node(OBJECT, pos, at + 1, members)
        while True:
            if not self.text.startswith('"', at):
                raise self.error(at, " where a key should be")
            key = self.string(at)
            at = self.space(key.end)
            if not self.text.startswith(":", at):
                raise self.error(at, " where a colon should be")
            value = self.value(self.space(at + 1), depth)
            members.append(Member(key.value, value))
            at = self.space(value.end)
            if self.text.startswith("}", at):
                return Node(OBJECT, pos, at + 1, members)
            if not self.text.startswith(",", at):
                raise self.error(at, " in an object")
            at = self.space(at + 1)

    def array(self, pos: int, depth: int) -> Node:
        self._check(pos, depth)
        items: list[Node] = []
        at = self.space(pos + 1)
        if self.text.startswith("]", at):
            return Node(ARRAY, pos, at + 1, items)
        while True:
            item = self.value(at, depth)
            items.append(item)
            at = self.space(item.end)
            if self.text.startswith("]", at):
                return Node(ARRAY, pos, at + 1, items)
            if not self.text.startswith(",", at):
                raise self.error(at, " in an array")
            at = self.space(at + 1)

    def _check(self, pos: int, depth: int) -> None:
        if depth > self.max_depth:
            raise TooDeep(f"more than {self.max_depth} levels of nesting at byte {self.byte(pos)}")


_SHORT_QUOTES = {"'": "\\'", "\\": "\\\\", "\a": "\\a", "\v": "\\v", **{c: f"\\{n}" for n, c in _SHORT_ESCAPES.items()}}


def _quoted(c: str) -> str:
    """Return a character in quotes, those that cannot be seen as escapes, as the native engine does."""
    if c in _SHORT_QUOTES:
        return f"'{_SHORT_QUOTES[c]}'"
    if c.isprintable():
        return f"'{c}'"
    code = ord(c)
    return f"'\\x{code:02x}'" if code < 0x80 else f"'\\u{code:04x}'" if code < 0x10000 else f"'\\U{code:08x}'"


def members(obj: Node) -> Iterator[tuple[str, Node, bool]]:
    """Yield an object's keys and values, and whether the same key comes again: then its last value is the one that counts."""
    left = Counter(name for name, _ in obj.value)
    for name, value in obj.value:
        left[name] -= 1
        yield name, value, left[name] > 0


def unescape(body: str) -> str:
    """Return what the inside of a JSON string stands for; a lone surrogate escape stays a lone surrogate."""
    if "\\" not in body:
        return body
    text = _ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else _SHORT_ESCAPES.get(m[2], m[2]), body)
    return _SURROGATE_PAIR.sub(lambda m: m[0].encode("utf-16", "surrogatepass").decode("utf-16"), text)


def is_unicode(text: str) -> bool:
    """Whether text can be written as UTF-8: it holds no lone surrogate."""
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
