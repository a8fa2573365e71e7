"""Splitting a file into lines, in parallel, without ever holding more than a part of a long one."""

from __future__ import annotations

import zlib
from typing import Iterable, Iterator, NamedTuple

from .errors import Unreadable

KEPT_OF_LONG_LINE = 1 << 20  # bytes of a rejected line that are kept
GZIP_MAGIC = b"\x1f\x8b"
ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
BOM = b"\xef\xbb\xbf"


class Line(NamedTuple):
    offset: int  # of its first byte in the decompressed file
    length: int  # bytes, without the line feed
    data: bytes  # all of it; of one longer than the limit only the first KEPT_OF_LONG_LINE bytes


def split(blocks: Iterable[bytes], position: int, start: int, end: int | None, limit: int) -> Iterator[Line]:
    """Yield the lines whose first byte lies in [start, end), to the file's end with end None.

    blocks are the file's bytes from position on; position is start, or one byte before it, so that a line that begins
    at start can be told from one that began earlier. A line longer than limit is cut off.
    """
    skipping = position < start  # what is left of a line that began before
    offset = position
    pending = b""  # the beginning of a line whose end has not come
    dropped = 0  # bytes of a long line that were not kept in pending
    for block in blocks:
        *complete, rest = (pending + block).split(b"\n")
        for data in complete:
            length = len(data) + dropped
            if skipping:
                skipping = False
            else:
                yield Line(offset, length, data if length <= limit else data[:KEPT_OF_LONG_LINE])
            dropped = 0
            offset += length + 1
            if end is not None and offset >= end:
                return
        if skipping:
            offset += len(rest)
            rest = b""
            if end is not None and offset >= end:
                return  # the line that is being skipped reaches beyond the range
        elif len(rest) + dropped > limit and len(rest) > KEPT_OF_LONG_LINE:
            dropped += len(rest) - KEPT_OF_LONG_LINE
            rest = rest[:KEPT_OF_LONG_LINE]
        pending = rest
    if (pending or dropped) and not skipping:
        length = len(pending) + dropped
        yield Line(offset, length, pending if length <= limit else pending[:KEPT_OF_LONG_LINE])


def skip_bom(lines: Iterable[Line]) -> Iterator[Line]:
    """Take the byte order mark off the first line of a file."""
    for line in lines:
        if line.offset == 0 and line.data.startswith(BOM):
            line = Line(len(BOM), line.length - len(BOM), line.data[len(BOM) :])
            if line.length == 0:
                continue
        yield line


def is_blank(data: bytes) -> bool:
    return not data.strip(b" \t\r")


def without_partial_character(data: bytes) -> bytes:
    """Drop the beginning of a UTF-8 character that was cut in two at the end of data."""
    try:
        data.decode()
    except UnicodeDecodeError as e:
        if e.reason == "unexpected end of data":
            return data[: e.start]
    return data


def compression_of(first_bytes: bytes, name: str) -> str:
    """Return gzip, zstd or none. No JSON text begins like either.

    The name only counts where there are too few bytes, so that a compressed file cut off at its very start is not taken for
    text.
    """
    for compression, magic, extension in (("gzip", GZIP_MAGIC, ".gz"), ("zstd", ZSTD_MAGIC, ".zst")):
        if first_bytes.startswith(magic):
            return compression
        if first_bytes and magic.startswith(first_bytes) and name.endswith(extension):
            return compression
    return "none"


def decompress(blocks: Iterator[bytes], compression: str) -> Iterator[bytes]:
    """Yield the content of a compressed file. Raises Unreadable."""
    return {"gzip": _gunzip, "zstd": _unzstd}[compression](blocks)


def _gunzip(blocks: Iterator[bytes], size: int = 1 << 20) -> Iterator[bytes]:
    """Yield the content of all members."""
    member = zlib.decompressobj(wbits=31)
    try:
        for block in blocks:
            while block:
                if member.eof:
                    member = zlib.decompressobj(wbits=31)
                if content := member.decompress(block, size):
                    yield content
                block = member.unused_data if member.eof else member.unconsumed_tail
        while not member.eof and (content := member.decompress(b"", size)):
            yield content
    except zlib.error as e:
        raise Unreadable(f"the gzip data is damaged: {e}") from None
    if not member.eof:
        raise Unreadable("the gzip data ends too early")


def _unzstd(blocks: Iterator[bytes], size: int = 1 << 20) -> Iterator[bytes]:
    """Yield the content of all frames."""
    import pyarrow as pa  # part of Glue, as no zstd module is

    source = pa.PythonFile(_Blocks(blocks), mode="r")
    try:
        with pa.CompressedInputStream(source, "zstd") as stream:
            while content := stream.read(size):
                yield content
    except OSError as e:
        raise Unreadable(f"the zstd data is damaged or ends too early: {e}") from None


class _Blocks:
    """The file interface that pyarrow reads blocks through."""

    closed = False

    def __init__(self, blocks: Iterator[bytes]):
        self._blocks = blocks
        self._left = b""

    def read(self, n: int = -1) -> bytes:
        if not self._left:
            self._left = next(self._blocks, b"")
        content, self._left = (self._left, b"") if n < 0 else (self._left[:n], self._left[n:])
        return content

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self.closed = True
