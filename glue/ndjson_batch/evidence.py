"""What the rows show about each name, and the types that follow from it (docs/FORMATS.md, Typing).

Evidence is gathered where the data is read, merged in the order of the input, and turned into a schema on the driver.
Every spelling of a name has evidence of its own, because only the schema that a conversion starts from decides which
spelling is the column.
"""

from __future__ import annotations

import unicodedata

from . import jsontext
from .ddl import Field, Schema, Type, fold

# The classes of JSON values that typing distinguishes.
BOOL, INT, INT_ONLY, DOUBLE_INT, FLOAT, STRING, OBJECT, ARRAY, OTHER = range(9)

# INT: an integer that both bigint and double hold. INT_ONLY, DOUBLE_INT: only one of them does. OTHER: no type does.
_CANDIDATES = (
    ("boolean", (BOOL,)),
    ("bigint", (INT, INT_ONLY)),
    ("double", (INT, DOUBLE_INT, FLOAT)),
    ("string", (STRING,)),
    ("struct", (OBJECT,)),
    ("array", (ARRAY,)),
)

SYSTEM_COLUMNS = ("_processing_timestamp", "_source_file", "_rescued_data")
MAX_NAME_BYTES = 255  # the Glue catalog's limit
MAX_LEVEL = 100  # the deepest definition level of a Parquet column; the limit of most readers is far lower

_EXACT_IN_DOUBLE = 1 << 53
_BIGINT = 1 << 63


class Budget:
    """Bounds the number of names that are distinguished; values of others are rescued."""

    def __init__(self, names: int):
        self.left = names


class Evidence:
    """The evidence about one name, or about all elements of a list."""

    __slots__ = ("counts", "order", "fields", "elem")

    def __init__(self):
        self.counts = [0] * 9  # values by class
        self.order: list[int] = []  # the classes in order of first appearance
        self.fields: dict[str, Evidence] = {}  # of objects, in order of first appearance
        self.elem: Evidence | None = None  # of arrays

    def add(self, cls: int, n: int = 1) -> None:
        if not self.counts[cls]:
            self.order.append(cls)
        self.counts[cls] += n

    def field(self, name: str, budget: Budget, top: bool) -> "Evidence | None":
        """Return the evidence for a name, None if it cannot be a column's or the budget is used up."""
        known = self.fields.get(name)
        if known is None and budget.left > 0 and usable_name(name, top):
            budget.left -= 1
            known = self.fields[name] = Evidence()
        return known

    def element(self) -> "Evidence":
        if self.elem is None:
            self.elem = Evidence()
        return self.elem

    def merge(self, later: "Evidence", budget: Budget, top: bool = True) -> None:
        """Add what came after. ``later`` must not be used again."""
        for cls in later.order:
            self.add(cls, later.counts[cls])
        for name, theirs in later.fields.items():
            ours = self.field(name, budget, top)
            if ours is not None:
                ours.merge(theirs, budget, top=False)
        if later.elem is not None:
            self.element().merge(later.elem, budget, top=False)


def usable_name(name: str, top: bool) -> bool:
    """Whether name can be a column's or, with top false, a struct field's."""
    if not name or len(name) > MAX_NAME_BYTES or not jsontext.is_unicode(name):
        return False
    if not name.isprintable() and any(unicodedata.category(c) == "Cc" for c in name):
        return False
    if len(name.encode()) > MAX_NAME_BYTES:
        return False
    return not (top and name[0] == "_" and fold(name) in SYSTEM_COLUMNS)


def class_of_int(value: int) -> int:
    if -_EXACT_IN_DOUBLE <= value <= _EXACT_IN_DOUBLE:
        return INT
    try:
        exact = int(float(value)) == value
    except OverflowError:
        exact = False
    if -_BIGINT <= value < _BIGINT:
        return INT if exact else INT_ONLY
    return DOUBLE_INT if exact else OTHER


def class_of_number(node: jsontext.Node) -> int:
    """The class of a number literal."""
    if node.kind == jsontext.INT:
        # 310 digits are more than a double holds, and Python refuses to read 4,300.
        return class_of_int(int(node.value)) if len(node.value) < 311 else OTHER
    return OTHER if parse_double(node.value) is None else FLOAT


def parse_double(literal: str) -> float | None:
    """Return the double nearest to a float literal, None if it overflows, or underflows to zero."""
    value = float(literal)
    if value - value != 0:  # infinite
        return None
    if value == 0 and any(c in "123456789" for c in literal.replace("E", "e").partition("e")[0]):
        return None
    return value


class Observer:
    """Adds records to evidence."""

    def __init__(self, budget: Budget):
        self.records = Evidence()
        self._budget = budget

    def record(self, obj: dict) -> None:
        """Add a record as json.loads reads it: without equal keys, lone surrogates or literals that become zero."""
        self._members(self.records, obj, True)

    def record_node(self, node: jsontext.Node) -> None:
        """Add a record of any kind."""
        self._member_nodes(self.records, node, True)

    def _members(self, ev: Evidence, obj: dict, top: bool) -> None:
        fields = ev.fields
        for name, value in obj.items():
            below = fields.get(name)
            if below is None:
                below = ev.field(name, self._budget, top)
            if below is not None and value is not None:
                self._value(below, value)

    def _value(self, ev: Evidence, value) -> None:
        t = type(value)
        if t is str:
            cls = STRING
        elif t is int:
            cls = INT if -_EXACT_IN_DOUBLE <= value <= _EXACT_IN_DOUBLE else class_of_int(value)
        elif t is float:
            cls = FLOAT if value - value == 0 else OTHER
        elif t is bool:
            cls = BOOL
        elif t is dict:
            cls = OBJECT
            self._members(ev, value, False)
        else:
            cls = ARRAY
            if value:
                elem = ev.element()
                for item in value:
                    if item is not None:
                        self._value(elem, item)
        counts = ev.counts
        if not counts[cls]:
            ev.order.append(cls)
        counts[cls] += 1

    def _member_nodes(self, ev: Evidence, node: jsontext.Node, top: bool) -> None:
        for name, value, repeated in jsontext.members(node):
            below = ev.field(name, self._budget, top)  # the first appearance counts for the order
            if below is not None and not repeated and value.kind != jsontext.NULL:
                self._node(below, value)

    def _node(self, ev: Evidence, node: jsontext.Node) -> None:
        kind = node.kind
        if kind == jsontext.STRING:
            ev.add(STRING if jsontext.is_unicode(node.value) else OTHER)
        elif kind == jsontext.BOOL:
            ev.add(BOOL)
        elif kind == jsontext.OBJECT:
            self._member_nodes(ev, node, False)
            ev.add(OBJECT)
        elif kind == jsontext.ARRAY:
            for item in node.value:
                if item.kind != jsontext.NULL:
                    self._node(ev.element(), item)
            ev.add(ARRAY)
        else:
            ev.add(class_of_number(node))


def learn(records: Evidence, base: Schema, max_columns: int) -> Schema:
    """Return base extended with what the records show, new columns behind in order of first appearance."""
    return _Chooser(max_columns).fields(records, base, 0, top=True)


class _Chooser:
    """Turns evidence into types."""

    def __init__(self, max_columns: int):
        self._leaves = max_columns  # columns left

    def fields(self, ev: Evidence | None, published: Schema, level: int, top: bool = False) -> Schema:
        """Return the published fields, extended, and behind them those that the evidence gives a type."""
        chosen = []
        known = set()
        for f in published:
            below = ev.fields.get(f.name) if ev else None
            chosen.append(Field(f.name, self._extend(below, f.type, level)))
            known.add(fold(f.name))
        for name, below in ev.fields.items() if ev else ():
            if fold(name) in known:
                continue
            known.add(fold(name))  # another spelling of it never becomes a column, even if this one gets no type
            if t := self._choose(below, level):
                chosen.append(Field(name, t))
        return tuple(chosen)

    def _extend(self, ev: Evidence | None, fixed: Type, level: int) -> Type:
        if fixed.kind == "struct":
            return Type("struct", fields=self.fields(ev, fixed.fields, level + 1))
        if fixed.kind == "array":
            return Type("array", elem=self._extend(ev.elem if ev else None, fixed.elem, level + 2))
        self._leaves -= count_leaves(fixed)
        return fixed

    def _choose(self, ev: Evidence | None, level: int) -> Type | None:
        """Return the type that rescues the fewest values, None if there is none."""
        if ev is None or not ev.order or self._leaves <= 0 or level >= MAX_LEVEL:
            return None
        best, best_fitting, best_first = None, -1, 0
        start = left = self._leaves
        for kind, classes in _CANDIDATES:
            seen = [ev.order.index(cls) for cls in classes if ev.counts[cls]]
            if not seen:
                continue
            fitting, first = sum(ev.counts[cls] for cls in classes), min(seen)
            if best and (fitting < best_fitting or fitting == best_fitting and first >= best_first):
                continue
            self._leaves = start
            if t := self._type_of(kind, ev, level):
                best, best_fitting, best_first, left = t, fitting, first, self._leaves
        self._leaves = left
        return best

    def _type_of(self, kind: str, ev: Evidence, level: int) -> Type | None:
        """Return the type of a kind, None if nothing below it has a type."""
        if kind == "struct":
            fields = self.fields(ev, (), level + 1)
            return Type("struct", fields=fields) if fields else None
        if kind == "array":
            elem = self._choose(ev.elem, level + 2)
            return Type("array", elem=elem) if elem else None
        self._leaves -= 1
        return Type(kind)


def count_leaves(t: Type) -> int:
    """The number of Parquet columns a type takes."""
    if t.kind == "struct":
        return sum(count_leaves(f.type) for f in t.fields)
    if t.kind == "array":
        return count_leaves(t.elem)
    return 1 + count_leaves(t.elem) if t.kind == "map" else 1
