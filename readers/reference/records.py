"""Files → lines → records and rejected lines."""

import contextlib
import gzip
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pyarrow

from .jsontext import Node, NotJSON, TooDeep, parse, value_at

MAX_RECORD_BYTES = 16 << 20
SEPARATORS = b" \t\r,\x1e\0"
BOM = b"\xef\xbb\xbf"


@dataclass
class Record:
    file: str
    node: Node


@dataclass
class Rejected:
    file: str
    line: int  # from 1
    offset: int  # of the line's first byte
    reason: str
    raw: bytes  # without the line end


def content_of(path: Path) -> bytes:
    if path.suffix == ".gz":
        return gzip.decompress(path.read_bytes())  # of all members
    if path.suffix == ".zst":
        with pyarrow.input_stream(str(path), compression="zstd") as stream:
            content: bytes = stream.read()
            return content
    return path.read_bytes()


def read(paths: Iterable[Path]) -> tuple[list[Record], list[Rejected], list[Path]]:
    """Returns the records and the rejected records of the files, in order, and the files that are not NDJSON."""
    records: list[Record] = []
    rejected: list[Rejected] = []
    left_out: list[Path] = []
    for path in paths:
        offset, before = 0, (len(records), len(rejected))
        content = content_of(path)
        for number, whole in enumerate(content.split(b"\n"), 1):
            start, offset = offset, offset + len(whole) + 1
            if start == len(content):
                break  # after the last newline
            line = whole
            if number == 1 and line.startswith(BOM):
                line, start = line[len(BOM) :], len(BOM)
            if not line.strip(b" \t\r"):
                continue
            for at, piece in pieces(line):
                node = verdict(piece)
                if isinstance(node, str):
                    rejected.append(Rejected(str(path), number, start + at, node, piece))
                else:
                    records.append(Record(str(path), node))
        if len(records) == before[0] and len(rejected) > before[1]:
            del rejected[before[1] :]
            left_out.append(path)
    return records, rejected, left_out


def pieces(line: bytes) -> list[tuple[int, bytes]]:
    """Returns the records of a line, each with its position: objects, and what follows the last of them."""
    found: list[tuple[int, bytes]] = []
    if not isinstance(verdict(line), str):
        return [(0, line)]
    if line.strip(SEPARATORS) in (b"[", b"]"):
        return []
    text = line.decode("latin-1")  # a character is a byte
    at = 0
    while True:
        start = at
        while at < len(text) and text[at] in " \t\r,\x1e\0":
            at += 1
        if at == len(text):
            return found
        # White space at the start of a line belongs to its first record.
        start = 0 if not found and not line[:at].strip(b" \t\r") else at
        end = len(text)
        if text[at] == "{":
            with contextlib.suppress(NotJSON, TooDeep):
                _, end = value_at(text, at, 0)
        if not line[end:].strip(b" \t\r"):
            end = len(text)
        found.append((start, line[start:end]))
        at = end


def verdict(line: bytes) -> Node | str:
    """Returns the object on a line, or the reason why the line is rejected."""
    if len(line) > MAX_RECORD_BYTES:
        return "too-long"
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return "bad-utf8"
    try:
        node = parse(text)
    except TooDeep:
        return "too-deep"
    except NotJSON:
        return "not-json"
    return node if node.kind == "object" else "not-object"
