"""Files → lines → records and rejected lines."""

import gzip
from dataclasses import dataclass
from pathlib import Path

import pyarrow

from .jsontext import Node, NotJSON, TooDeep, parse

MAX_RECORD_BYTES = 16 << 20
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


def content_of(path):
    path = Path(path)
    if path.suffix == ".gz":
        return gzip.decompress(path.read_bytes())  # all members
    if path.suffix == ".zst":
        with pyarrow.input_stream(str(path), compression="zstd") as stream:
            return stream.read()
    return path.read_bytes()


def read(paths):
    """Returns the records and the rejected lines of the files, in order, and the number of blank lines."""
    records, rejected, blank = [], [], 0
    for path in paths:
        offset = 0
        content = content_of(path)
        for number, whole in enumerate(content.split(b"\n"), 1):
            start, offset = offset, offset + len(whole) + 1
            if start == len(content):
                break  # behind the last newline
            line = whole
            if number == 1 and line.startswith(BOM):
                line, start = line[len(BOM) :], len(BOM)
            if not line.strip(b" \t\r"):
                blank += 1
                continue
            reason, node = verdict(line)
            if reason:
                rejected.append(Rejected(str(path), number, start, reason, line))
            else:
                records.append(Record(str(path), node))
    return records, rejected, blank


def verdict(line):
    """Returns why a line is not a record, or None and its object."""
    if len(line) > MAX_RECORD_BYTES:
        return "too-long", None
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        return "bad-utf8", None
    try:
        node = parse(text)
    except TooDeep:
        return "too-deep", None
    except NotJSON:
        return "not-json", None
    return (None, node) if node.kind == "object" else ("not-object", None)
