"""Records → rows and rescued values."""

from .types import double, fits


def row(node, columns):
    """Returns the record's values by column, and the rescued ones: pointer → JSON text."""
    writer = _Writer()
    return writer.object(node, columns, ""), writer.rescued


class _Writer:
    def __init__(self):
        self.rescued = {}

    def rescue(self, pointer, node):
        assert pointer not in self.rescued, pointer
        self.rescued[pointer] = node.raw

    def object(self, node, fields, pointer):
        kinds = dict(fields)
        values = dict.fromkeys(kinds)
        repeats = {}
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

    def value(self, node, kind, pointer):
        if node.kind == "null":
            return None
        plain = kind if isinstance(kind, str) else kind[0]
        if not fits(node, plain):
            self.rescue(pointer, node)
            return None
        if plain == "struct":
            return self.object(node, kind[1], pointer)
        if plain == "array":
            return [self.value(item, kind[1], f"{pointer}/{i}") for i, item in enumerate(node.items)]
        if plain == "bigint":
            return int(node.raw)
        if plain == "double":
            return double(node)
        return node.value
