"""Lines come out the same however a file is cut into ranges and blocks."""

import gzip
import random

import pyarrow as pa
import pytest

from ndjson_batch.errors import Unreadable
from ndjson_batch.lines import KEPT_OF_LONG_LINE, compression_of, decompress, is_blank, skip_bom, split, without_partial_character


def blocks_of(content: bytes, position: int, size: int):
    return (content[i : i + size] for i in range(position, len(content), size))


def lines_of(content: bytes, start=0, end=None, limit=1 << 20, block=1 << 20):
    position = max(start - 1, 0)
    return list(split(blocks_of(content, position, block), position, start, end, limit))


def test_every_cut_gives_every_line_once():
    rng = random.Random(3)
    for _ in range(400):
        content = bytes(rng.choice(b"ab\n\r") for _ in range(rng.randrange(60)))
        whole = lines_of(content)
        assert b"\n".join(line.data for line in whole).rstrip(b"\n") == content.rstrip(b"\n")
        for line in whole:
            assert content[line.offset : line.offset + line.length] == line.data
        cuts = sorted(rng.randrange(len(content) + 1) for _ in range(rng.randrange(5)))
        bounds = [0, *cuts, len(content)]
        pieces = []
        for start, end in zip(bounds, bounds[1:]):
            if start < end:
                pieces += lines_of(content, start, end, block=rng.randrange(1, 9))
        assert pieces == whole


def test_C32_no_final_newline_and_empty_lines():
    assert [line.data for line in lines_of(b"a\n\nb")] == [b"a", b"", b"b"]
    assert [line.data for line in lines_of(b"a\n")] == [b"a"]
    assert lines_of(b"") == []
    assert is_blank(b" \t\r") and is_blank(b"") and not is_blank(b"\x0b") and not is_blank("\xa0".encode())


def test_C32_bom_only_at_the_start():
    lines = list(skip_bom(lines_of(b"\xef\xbb\xbf{}\n\xef\xbb\xbf{}\n")))
    assert [line.data for line in lines] == [b"{}", b"\xef\xbb\xbf{}"]


def test_C31_long_lines_are_measured_but_not_kept():
    long = b"x" * (3 * KEPT_OF_LONG_LINE + 17)
    content = b"a\n" + long + b"\nb\n"
    for block in (1000, 1 << 20, 1 << 30):
        first, middle, last = lines_of(content, limit=2 * KEPT_OF_LONG_LINE, block=block)
        assert (first.data, last.data, last.offset) == (b"a", b"b", 3 + len(long))
        assert (middle.length, middle.data) == (len(long), b"x" * KEPT_OF_LONG_LINE)
    assert lines_of(content, limit=len(long))[1].data == long


def test_a_range_inside_a_long_line_is_empty():
    content = b"a\n" + b"x" * 100 + b"\nb\n"
    assert lines_of(content, 10, 50, block=7) == []
    assert [line.data for line in lines_of(content, 50, 106, block=7)] == [b"b"]


def zstd(content: bytes) -> bytes:
    return pa.compress(content, codec="zstd", asbytes=True)


CONTENT = b'{"a":1}\n' * 50_000


@pytest.mark.parametrize("compress", [gzip.compress, zstd])
@pytest.mark.parametrize("block", [1, 1000, 1 << 20])
def test_C34_all_members_are_read(compress, block):
    middle = random.Random(1).randbytes(70)
    packed = compress(b"first\n" + middle) + compress(b"") + compress(b"last")
    assert b"".join(decompress(blocks_of(packed, 0, block), compression_of(packed, "a"))) == b"first\n" + middle + b"last"


@pytest.mark.parametrize("compress", [gzip.compress, zstd])
def test_C34_large_content_in_parts(compress):
    packed = compress(CONTENT)
    parts = list(decompress(blocks_of(packed, 0, 1 << 20), compression_of(packed, "a")))
    assert b"".join(parts) == CONTENT and max(map(len, parts)) <= 1 << 20


@pytest.mark.parametrize("compress", [gzip.compress, zstd])
def test_C34_truncation_is_an_error(compress):
    packed = compress(CONTENT)
    for end in (5, len(packed) // 2, len(packed) - 1):
        with pytest.raises(Unreadable):
            list(decompress(blocks_of(packed[:end], 0, 1000), compression_of(packed, "a")))


@pytest.mark.parametrize("compress", [gzip.compress, zstd])
def test_C34_garbage_behind_the_content_is_an_error(compress):
    packed = compress(b"x") + b"garbage"
    with pytest.raises(Unreadable):
        list(decompress(blocks_of(packed, 0, 1000), compression_of(packed, "a")))


def test_C34_content_decides_not_the_extension():
    assert compression_of(gzip.compress(b"")[:4], "a.ndjson") == "gzip"
    assert compression_of(zstd(b"x")[:4], "a.ndjson.gz") == "zstd"
    assert compression_of(b'{"a"', "a.ndjson.gz") == compression_of(b"", "a.ndjson.gz") == "none"
    assert compression_of(b"\x1f", "a.ndjson.gz") == "gzip" and compression_of(b"\x28\xb5", "a.ndjson.zst") == "zstd"
    assert compression_of(b"1", "a.ndjson.gz") == "none"


def test_a_character_cut_in_two_is_dropped():
    assert without_partial_character("aé".encode()[:-1]) == b"a"
    assert without_partial_character("a😀".encode()[:-1]) == b"a"
    assert without_partial_character("aé".encode()) == "aé".encode()
    assert without_partial_character(b"a\xff") == b"a\xff"
