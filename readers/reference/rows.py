"""Records → rows and rescued values."""

from typing import Any

from .jsontext import Node
from .types import Columns, Kind, double, fits


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
        values: dict[str, Any] = dict.fromkeys(kinds)
        repeats: dict[str, int] = {}
        last = {key: i for i, (key, _) in enumerate(node.members)}
        for i, (key, child) in enumerate(node.members):
            at = pointer + "/" + key.replace("~", "~0").replace("/", "~1")
            if last[key] != i:
                repeats[key] = repeats.get(key, 0) + 1
                self.rescue(at + "~d" + (str(repeats[key]) if repeats[key] > 1 else ""), child)
            elif child.kind == "null":
                continue
            elif key in kinds:
                values[key] = self.value(child, kinds[key], at)
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
            return int(node.raw)
        if plain == "double":
            return double(node)
        return node.value
