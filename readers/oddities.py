"""Random files of odd records: few names, few values, all kinds of values mixed, so that conflicts are frequent."""

import gzip
import json
import random

# fmt: off
_NAMES = ("a", "b", "c", "A", "a b", "x.y", "é", "É", "", "~", "/", "a/b", "_source_file", "k\u0001", "日", "long" * 20)
_NUMBERS = (
    *("0", "1", "-1", "7", "42", "9007199254740993", "9223372036854775807", "9223372036854775808", "-9223372036854775808"),
    *("-0", "0.0", "-0.0", "1.5", "1e3", "1E-400", "1e400", "0.1", "123456.789", "2.5e-3", "1e22", "18446744073709551616"),
    *("100000000000000000000", "3.0", "5e-324", "1.7976931348623157e308", "0e0", "12345678.12345678", "4.35", "1234567890123456789.5"),
)
_STRINGS = (
    *('""', '"x"', '"hello world, this is longer"', '"1"', '"true"', '"null"', '"é"', '"日本語"', '"🎁"', r'"\n\t\"\\"', r'"\u0041"'),
    *(r'"\ud83d\ude00"', r'"\ud800"', r'"\udc00x"', '"2025-01-17"', '"2025-01-17T10:00:00Z"', '"{}"', r'"\/"', '"\u2028"', r'"\u0000"'),
)
_BROKEN = (
    *(b"", b" ", b"\t\r", b"{", b"[]", b'"x"', b"12", b"nul", b'{"a":NaN}', b'{"a":1,}', b'{"a":"\xff"}', b'{"a":"\xc3"}'),
    *(b'{"a":1}{"a":2}', b'{"a":' * 200, b'[{"a":1}]', b"\x00", b'{"a":"\t"}', b"\xef\xbb\xbf{}"),
)
# fmt: on


class Oddities:
    """Makes files from a seed."""

    def __init__(self, seed: int):
        self.random = random.Random(seed)
        # Some rounds have few oddities, so that columns get types and rows fit.
        self.tame = self.random.random() < 0.5
        self.names = self.random.sample(_NAMES, self.random.randint(2, 6))
        self.kinds = {n: self.random.choice("nnnssblo") for n in _NAMES}

    def files(self) -> dict[str, bytes]:
        return {f"2025-01-17-{i}.ndjson": self.file() for i in range(self.random.randint(1, 3))}

    def large_files(self, size: int) -> dict[str, bytes]:
        """Makes two files of about size bytes: long regular sections, with other types from one section to the next."""
        files: dict[str, bytes] = {}
        filler = ',"filler":"' + "." * 400 + '"}'
        for i in range(2):
            lines: list[bytes] = []
            total = 0
            self.tame = True
            while total < size:
                if self.random.random() < 0.001:
                    self.tame = not self.tame  # odd records come in short runs
                    if self.random.random() < 0.2:
                        self.kinds[self.random.choice(self.names)] = self.random.choice("nsblo")
                    if self.random.random() < 0.2:
                        self.names = self.random.sample(_NAMES, self.random.randint(2, 6))
                elif not self.tame and self.random.random() < 0.1:
                    self.tame = True
                # Files are divided by bytes, and few long records are compared faster than many short ones.
                lines.append((self.object(1)[:-1] + filler).replace("{,", "{").encode("utf-8"))
                total += len(lines[-1]) + 1
            files[f"2025-01-17-{i}.ndjson"] = b"\n".join(lines)
        if self.random.random() < 0.5:
            files["2025-01-17-1.ndjson.gz"] = gzip.compress(files.pop("2025-01-17-1.ndjson"), 1)
        return files

    def file(self) -> bytes:
        r = self.random
        lines = []
        for _ in range(r.choice((0, 1, 3, 20, 60))):
            if r.random() < 0.04:
                lines.append(r.choice(_BROKEN))
            else:
                lines.append(self.object(0).encode("utf-8") + r.choice((b"", b"", b"", b"\r", b" ")))
        head = b"\xef\xbb\xbf" if r.random() < 0.1 else b""
        return head + b"\n".join(lines) + (b"\n" if r.random() < 0.8 else b"")

    def object(self, depth: int) -> str:
        r = self.random
        names = [n for n in self.names if r.random() < 0.7]
        if r.random() < 0.3:
            r.shuffle(names)
        if not self.tame and r.random() < 0.05:
            names.append(r.choice(_NAMES))
        if not self.tame and names and r.random() < 0.05:
            names.append(r.choice(names))
        members = []
        for n in names:
            kind = self.kinds[n] if self.tame or r.random() < 0.7 else r.choice("nsblo0")
            name = self.space() + json.dumps(n, ensure_ascii=r.random() < 0.2) + self.space()
            members.append(name + ":" + self.space() + self.value(kind, depth) + self.space())
        return "{" + ",".join(members) + "}"

    def value(self, kind: str, depth: int) -> str:
        r = self.random
        if r.random() < 0.12:
            return "null"
        if kind == "n":
            return r.choice(_NUMBERS[:6] if self.tame and r.random() < 0.8 else _NUMBERS)
        if kind == "s":
            return r.choice(_STRINGS)
        if kind == "b":
            return r.choice(("true", "false"))
        if kind == "0" or depth > 3:
            return r.choice(("[]", "{}", "null", "[null]", "[[]]"))
        if kind == "o":
            return self.object(depth + 1)
        item = r.choice("nsbo") if self.tame else r.choice("nsblo0")
        items = [self.value(item if r.random() < 0.9 else "s", depth + 1) for _ in range(r.choice((0, 0, 1, 2, 5)))]
        return "[" + ",".join(self.space() + i + self.space() for i in items) + "]"

    def space(self) -> str:
        return self.random.choice(" \t") if not self.tame and self.random.random() < 0.02 else ""
