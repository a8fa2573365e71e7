"""Typing: the schema that rescues the fewest values.

A type is boolean, bigint, double, string, ("struct", [(name, type), …]) or ("array", type).
"""

import math
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, TypeAlias

from .jsontext import Node

Kind: TypeAlias = str | tuple[str, Any]
Columns: TypeAlias = list[tuple[str, Kind]]

sys.set_int_max_str_digits(0)  # integers may have any number of digits

MAX_COLUMNS = 2000
MAX_NAME_BYTES = 255
# Deeper definition levels (a struct adds one, a list two) have no column of their own.
MAX_LEVEL = 100
SYSTEM_COLUMNS = ("_processing_timestamp", "_source_file", "_rescued_data")

# In the order that breaks ties between kinds seen at the same time.
CANDIDATES = ("boolean", "bigint", "double", "string", "struct", "array")


def fits(node: Node, kind: str) -> bool:
    """Whether a value fits a kind. The values inside an object or array are not looked at."""
    if kind == "bigint":
        value = integer(node)
        return value is not None and -(2**63) <= value < 2**63
    if kind == "double":
        return node.kind in ("integer", "float") and double(node) is not None
    if kind == "string":
        return node.kind == "string" and is_unicode(node.value)
    return node.kind == {"struct": "object"}.get(kind, kind)


def integer(node: Node) -> int | None:
    """Returns the integer that a number is, or None if it is not one."""
    if node.kind == "integer":
        return int(node.raw)
    if node.kind != "float":
        return None
    mantissa, _, exponent = node.raw.lower().partition("e")
    if mantissa.strip("-0.") == "":
        return 0
    if abs(int(exponent or 0)) > 1000:
        return None
    number = Fraction(node.raw)
    return number.numerator if number.denominator == 1 else None


def counts(node: Node, kind: str) -> bool:
    """Whether a value counts for a kind in the choice of a type. A float literal never does for bigint."""
    return fits(node, kind) and not (kind == "bigint" and node.kind == "float")


def double(node: Node) -> float | None:
    """Returns the double with the number's value, or None if a double cannot hold it."""
    if node.kind == "float":
        number = float(node.raw)
        mantissa = node.raw.lower().partition("e")[0]
        underflow = number == 0 and mantissa.strip("-0.") != ""
        return None if math.isinf(number) or underflow else number
    integer = int(node.raw)
    try:
        number = float(integer)
    except OverflowError:
        return None
    return number if int(number) == integer else None


def is_unicode(text: str) -> bool:
    """Whether a string has no lone surrogates."""
    return not any("\ud800" <= c <= "\udfff" for c in text)


def usable_name(name: str, top: bool) -> bool:
    """Whether a column (top) or a field can have this name."""
    return (
        name != ""
        and is_unicode(name)
        and len(name.encode()) <= MAX_NAME_BYTES
        and not any(unicodedata.category(c) == "Cc" for c in name)
        and not (top and fold(name) in SYSTEM_COLUMNS)
    )


def fold(name: str) -> str:
    """Returns the name in Unicode's simple case folding. Python has only the full one, which lengthens some names."""
    return "".join(_fold_character(c) for c in name)


def _fold_character(c: str) -> str:
    for folded in (c.casefold(), c.lower()):
        if len(folded) == 1:
            return folded
    return c


def learn(nodes: Sequence[Node]) -> Columns:
    """Returns the columns of the records."""
    return _Learner().fields(nodes, True, 0)


@dataclass
class _Place:
    """The values of a name, in all spellings. The first spelling becomes the name of the column."""

    name: str
    values: list[Node] = field(default_factory=list)
    contested: list[Node] = field(default_factory=list)  # in objects that have other spellings as well

    def add(self, key: str, node: Node, *, contested: bool) -> None:
        if not contested:
            self.values.append(node)
        elif key == self.name:
            self.contested.append(node)


class _Learner:
    def __init__(self) -> None:
        self.columns_left = MAX_COLUMNS

    def fields(self, objects: Iterable[Node], top: bool, level: int) -> Columns:
        places: dict[str, _Place] = {}  # by folded name, in order of first appearance
        for o in objects:
            last = {key: i for i, (key, _) in enumerate(o.members)}
            spellings = Counter(fold(key) for key in last)
            for i, (key, node) in enumerate(o.members):
                if usable_name(key, top):
                    place = places.setdefault(fold(key), _Place(key))
                    if last[key] == i:
                        place.add(key, node, contested=spellings[fold(key)] > 1)
        found: Columns = []
        for place in places.values():
            if kind := self.choose(place.values + place.contested, level):
                found.append((place.name, kind))
        return found

    def choose(self, values: Sequence[Node], level: int) -> Kind | None:
        """Returns the type for all values of one place, or None if it gets no column."""
        values = [v for v in values if v.kind != "null"]
        if not values or self.columns_left <= 0 or level >= MAX_LEVEL:
            return None
        ranked = []
        for rank, kind in enumerate(CANDIDATES):
            holds = [counts(v, kind) for v in values]
            if any(holds):
                ranked.append((holds.count(False), holds.index(True), rank, kind))
        for _, _, _, kind in sorted(ranked):
            if chosen := self._type(kind, values, level):
                return chosen
        return None

    def _type(self, kind: str, values: Sequence[Node], level: int) -> Kind | None:
        if kind == "struct":
            fields = self.fields([v for v in values if v.kind == "object"], False, level + 1)
            return ("struct", fields) if fields else None
        if kind == "array":
            element = self.choose([item for v in values for item in v.items], level + 2)
            return ("array", element) if element else None
        self.columns_left -= 1
        return kind


def ddl(kind: Kind) -> str:
    """Returns a type in the DDL of Spark and Athena, with names in backticks."""
    if isinstance(kind, str):
        return kind
    if kind[0] == "array":
        return f"array<{ddl(kind[1])}>"
    return "struct<" + ",".join(f"`{name}`:{ddl(child)}" for name, child in kind[1]) + ">"
