"""Records → rows and rescued values."""

from typing import Any

from .jsontext import Node
from .types import Columns, Kind, double, fits, fold, integer, usable_name


def row(node: Node, columns: Columns) -> tuple[dict[str, Any], dict[str, str]]:
    """Returns the record's values by column, and the rescued values: pointer → JSON text."""
    writer = _Writer()
    return writer.object(node, columns, ""), writer.rescued


class _Writer:
    def __init__(self) -> None:
        self.rescued: dict[str, str] = {}

    def rescue(self, pointer: str, node: Node) -> None:
        assert pointer not in self.rescued, pointer
        self.rescued[pointer] = node.raw

    def object(self, node: Node, fields: Columns, pointer: str) -> dict[str, Any]:
        kinds = dict(fields)
        names = {fold(name): name for name in kinds}
        top = pointer == ""
        values: dict[str, Any] = dict.fromkeys(kinds)
        repeats: dict[str, int] = {}
        last = {key: i for i, (key, _) in enumerate(node.members)}
        winners: dict[str, str] = {}  # the key that fills a field: the exact name, or else the last spelling
        for key, _ in node.members:
            name = names.get(fold(key)) if usable_name(key, top) else None
            if name is not None and winners.get(name) != name:
                winners[name] = key
        for i, (key, child) in enumerate(node.members):
            name = names.get(fold(key), "")
            at = pointer + "/" + key.replace("~", "~0").replace("/", "~1")
            if last[key] != i:
                repeats[key] = repeats.get(key, 0) + 1
                self.rescue(at + "~d" + (str(repeats[key]) if repeats[key] > 1 else ""), child)
            elif child.kind == "null":
                continue
            elif winners.get(name) == key:
                values[name] = self.value(child, kinds[name], at)
            else:
                self.rescue(at, child)
        return values

    def value(self, node: Node, kind: Kind, pointer: str) -> Any:
        if node.kind == "null":
            return None
        plain, inner = (kind, None) if isinstance(kind, str) else kind
        if not fits(node, plain):
            self.rescue(pointer, node)
            return None
        if plain == "struct":
            return self.object(node, inner or [], pointer)
        if plain == "array":
            return [self.value(item, inner or "", f"{pointer}/{i}") for i, item in enumerate(node.items)]
        if plain == "bigint":
            return integer(node)
        if plain == "double":
            return double(node)
        return node.value
