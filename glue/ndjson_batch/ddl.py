"""Column types and their Spark/Athena DDL, as the schema log writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass

SIMPLE_KINDS = ("boolean", "bigint", "double", "string", "timestamp", "date")

_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_TOKEN = re.compile(r"\s*(?:(`(?:[^`]|``)*`)|([A-Za-z_][A-Za-z0-9_]*)|([0-9]+)|([<>(),:]))")


class SchemaConflict(Exception):
    """Two schemas give one column different types or spellings."""


@dataclass(frozen=True)
class Type:
    """A column's type. ``kind`` is the DDL word; the rest depends on it."""

    kind: str
    fields: tuple["Field", ...] = ()  # struct
    elem: "Type | None" = None  # an array's element, a map's value
    precision: int = 0  # decimal
    scale: int = 0

    def ddl(self) -> str:
        if self.kind == "struct":
            return "struct<" + ",".join(quote(f.name) + ":" + f.type.ddl() for f in self.fields) + ">"
        if self.kind == "array":
            return f"array<{self.elem.ddl()}>"
        if self.kind == "map":
            return f"map<string,{self.elem.ddl()}>"
        if self.kind == "decimal":
            return f"decimal({self.precision},{self.scale})"
        return self.kind


@dataclass(frozen=True)
class Field:
    """A named column, or a field of a struct."""

    name: str
    type: Type


Schema = tuple[Field, ...]


def quote(name: str) -> str:
    """Return name as DDL writes it: in backticks unless it is a plain identifier."""
    return name if _PLAIN_NAME.match(name) else "`" + name.replace("`", "``") + "`"


def fold(name: str) -> str:
    """Return the form that all spellings of name share which differ only in case (Unicode simple folding)."""
    if name.isascii():
        return name.lower()
    return "".join(map(_fold_character, name))


def _fold_character(c: str) -> str:
    for folded in (c.casefold(), c.lower()):
        if len(folded) == 1:  # longer ones are full folding ("ß" to "ss"), which would merge too much
            return folded
    return c


def parse_type(text: str) -> Type:
    """Parse one DDL type. Raises ValueError."""
    parser = _Parser(text)
    parsed = parser.type()
    parser.end()
    return parsed


def columns_from_json(columns: list[dict]) -> Schema:
    """Return the schema that a schema log's ``columns`` list holds. Raises ValueError."""
    return tuple(Field(c["name"], parse_type(c["type"])) for c in columns)


def columns_to_json(schema: Schema) -> list[dict]:
    """Return schema as the schema log holds it."""
    return [{"name": f.name, "type": f.type.ddl()} for f in schema]


def merge(ours: Schema, theirs: Schema, path: str = "") -> Schema:
    """Return ours extended with what only theirs has, at any depth, behind ours and in their order.

    Raises SchemaConflict if a column has another type in theirs, or a name that differs only in case.
    """
    merged = {fold(f.name): f for f in ours}
    for f in theirs:
        known = merged.get(fold(f.name))
        if known is None:
            merged[fold(f.name)] = f
        elif known.name != f.name:
            raise SchemaConflict(f"column {path}{f.name} is already spelt {known.name}")
        else:
            merged[fold(f.name)] = Field(f.name, _merge_types(known.type, f.type, path + f.name))
    return tuple(merged.values())


def _merge_types(ours: Type, theirs: Type, path: str) -> Type:
    if (ours.kind, ours.precision, ours.scale) != (theirs.kind, theirs.precision, theirs.scale):
        raise SchemaConflict(f"column {path} is {ours.ddl()}, not {theirs.ddl()}")
    if ours.kind == "struct":
        return Type("struct", fields=merge(ours.fields, theirs.fields, path + "."))
    if ours.elem is not None:
        return Type(ours.kind, elem=_merge_types(ours.elem, theirs.elem, path + "[]"))
    return ours


class _Parser:
    """A recursive descent parser of one DDL type."""

    def __init__(self, text: str):
        self._text = text
        self._tokens: list[str] = []
        pos = 0
        while pos < len(text.rstrip()):
            m = _TOKEN.match(text, pos)
            if not m:
                raise ValueError(f"type {text!r}: unexpected {text[pos:].strip()[0]!r}")
            self._tokens.append(m.group().strip())
            pos = m.end()
        self._next = 0

    def type(self) -> Type:
        word = self._take().lower()
        if word in SIMPLE_KINDS:
            return Type(word)
        if word == "decimal":
            self._expect("(")
            precision = int(self._take())
            self._expect(",")
            scale = int(self._take())
            self._expect(")")
            if not 1 <= precision <= 38 or scale > precision:
                raise ValueError(f"type {self._text!r}: decimal({precision},{scale}) is out of range")
            return Type("decimal", precision=precision, scale=scale)
        if word == "array":
            self._expect("<")
            elem = self.type()
            self._expect(">")
            return Type("array", elem=elem)
        if word == "map":
            self._expect("<")
            self._expect("string")
            self._expect(",")
            elem = self.type()
            self._expect(">")
            return Type("map", elem=elem)
        if word == "struct":
            return Type("struct", fields=self._struct_fields())
        raise ValueError(f"type {self._text!r}: {word!r} is not a type this job knows")

    def _struct_fields(self) -> tuple[Field, ...]:
        self._expect("<")
        fields = []
        while True:
            name = self._take()
            if name.startswith("`"):
                name = name[1:-1].replace("``", "`")
            self._expect(":")
            fields.append(Field(name, self.type()))
            separator = self._take()
            if separator == ">":
                return tuple(fields)
            if separator != ",":
                raise ValueError(f"type {self._text!r}: expected ',' or '>' instead of {separator!r}")

    def end(self) -> None:
        if self._next != len(self._tokens):
            raise ValueError(f"type {self._text!r}: unexpected {self._tokens[self._next]!r} behind it")

    def _take(self) -> str:
        if self._next == len(self._tokens):
            raise ValueError(f"type {self._text!r} ends too early")
        self._next += 1
        return self._tokens[self._next - 1]

    def _expect(self, token: str) -> None:
        if (got := self._take()) != token:
            raise ValueError(f"type {self._text!r}: expected {token!r} instead of {got!r}")
