"""Chunks: the parts of inputs that tasks work on, and the two passes over them, learning and converting."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Iterator

from . import inputs
from .batch import Counts, Outcome
from .errors import InputError
from .evidence import Budget, Evidence, Observer
from .inputs import Input, Pinned
from .lines import KEPT_OF_LONG_LINE, Line, decompress, is_blank, skip_bom, split, without_partial_character
from .record import LineParser, Misfit, Reject, RowConverter, TOO_LONG, rescued_json

if TYPE_CHECKING:
    from .parquet import ParquetWriter, WrittenFile

LEARN_TASK_BYTES = 32 << 20  # stored bytes of one task of the first pass
PART_BYTES = 512 << 20  # about the uncompressed bytes that become one Parquet object
COMPRESSION_RATIO = 6  # guessed, of compressed inputs


@dataclass(frozen=True)
class Limits:
    """The arguments that decide what is rejected, rescued or quarantined."""

    max_record_bytes: int = 16 << 20
    max_depth: int = 128
    max_columns: int = 2000
    max_rejected_percent: float = 100

    def budget(self) -> Budget:
        """The number of names that are distinguished, so that data used as names does not fill the memory."""
        return Budget(8 * self.max_columns)


@dataclass(frozen=True)
class Chunk:
    """The lines of an input whose first byte is in [start, end); all lines of a compressed one."""

    index: int  # of the input in the manifest
    file: Input
    compression: str
    start: int
    end: int
    first_line: int = 1  # number of the first line; right in the second pass only

    @property
    def whole(self) -> bool:
        return self.start == 0 and self.end == self.file.size

    @property
    def weight(self) -> int:
        """The estimated number of its uncompressed bytes."""
        return (self.end - self.start) * (1 if self.compression == "none" else COMPRESSION_RATIO)

    def lines(self, limits: Limits) -> Iterator[Line]:
        """Yield the chunk's lines. Raises InputError."""
        limit = limits.max_record_bytes
        if self.compression != "none":
            content = decompress(inputs.blocks(self.file, 0), self.compression)
            return skip_bom(split(content, 0, 0, None, limit))
        if self.start == self.end:
            return iter(())
        position = max(self.start - 1, 0)
        lines = split(inputs.blocks(self.file, position), position, self.start, self.end, limit)
        return lines if self.start else skip_bom(lines)


def chunk_inputs(files: tuple[Input, ...], pinned: dict[int, Pinned], size: int = LEARN_TASK_BYTES) -> list[Chunk]:
    """Cut the inputs that were found into chunks of about equal size, in order."""
    chunks = []
    for index, found in sorted(pinned.items()):
        file = files[index]
        pieces = max(1, round(file.size / size)) if found.compression == "none" else 1
        bounds = [file.size * i // pieces for i in range(pieces + 1)]
        for start, end in zip(bounds, bounds[1:]):
            chunks.append(Chunk(index, file, found.compression, start, end))
    return chunks


def group(chunks: list[Chunk], size: int) -> list[list[Chunk]]:
    """Combine adjacent chunks into groups of about size uncompressed bytes, in order."""
    groups: list[list[Chunk]] = []
    room = 0
    for chunk in chunks:
        if not groups or room < chunk.weight // 2:
            groups.append([])
            room = size
        groups[-1].append(chunk)
        room -= chunk.weight
    return groups


@dataclass
class Learnt:
    """What the first pass found in one chunk. ``evidence`` is None if there is none, or if it is merged into that of a later chunk."""

    chunk: Chunk
    counts: Counts = field(default_factory=Counts)
    error: Outcome | None = None  # why the input fails
    evidence: Evidence | None = None


def learn(chunks: list[Chunk], limits: Limits) -> list[Learnt]:
    """The first pass over one task's chunks.

    The evidence of adjacent whole inputs that will be converted is merged, so that the size of a task's result does not
    grow with the number of its inputs.
    """
    results: list[Learnt] = []
    for chunk in chunks:
        result = _learn_chunk(chunk, limits)
        results.append(result)
        if not chunk.whole or result.evidence is None:
            continue
        if verdict(chunk.file, result.counts, limits).completed:
            before = results[-2] if len(results) > 1 else None
            if before and before.chunk.whole and before.evidence is not None:
                before.evidence.merge(result.evidence, limits.budget())
                result.evidence, before.evidence = before.evidence, None
        else:
            result.evidence = None
    return results


def _learn_chunk(chunk: Chunk, limits: Limits) -> Learnt:
    parser = LineParser(limits.max_depth)
    observer = Observer(limits.budget())
    counts = Counts()
    try:
        for line in chunk.lines(limits):
            counts.lines += 1
            if line.length > limits.max_record_bytes:
                counts.rejected += 1
            elif (obj := parser.fast(line.data)) is not None:
                counts.rows += 1
                observer.record(obj)
            elif is_blank(line.data):
                counts.blank += 1
            else:
                try:
                    _, node = parser.careful(line.data)
                except Reject:
                    counts.rejected += 1
                else:
                    counts.rows += 1
                    observer.record_node(node)
    except InputError as e:
        return Learnt(chunk, error=Outcome("failed", e.reason, str(e)))
    return Learnt(chunk, counts, evidence=observer.records)


def verdict(file: Input, counts: Counts, limits: Limits) -> Outcome:
    """Return the outcome of an input that could be read."""
    lines = counts.rows + counts.rejected
    limit = limits.max_rejected_percent
    if 0 < limit < 100 and not file.released and counts.rejected * 100 > limit * lines:
        detail = f"too many rejected records: {counts.rejected} of {lines} lines (at most {limit:g} %)"
        return Outcome("quarantined", "too-many-rejects", detail)
    return Outcome(counts=counts)


class Converter:
    """The second pass over one part's chunks: rows out, rejected records into a stream, counts kept."""

    def __init__(self, converter: RowConverter, limits: Limits, processing_micros: int, rejects: BinaryIO):
        self._converter = converter
        self._limits = limits
        self._parser = LineParser(limits.max_depth)
        self._micros = processing_micros
        self._rejects = rejects
        self.rescued: dict[int, int] = {}  # values, by input

    def files(self, chunks: list[Chunk], writer: "ParquetWriter") -> Iterator["WrittenFile"]:
        """Convert the chunks and yield the files that writer makes of their rows. Raises InputError."""
        for chunk in chunks:
            number = chunk.first_line - 1
            for line in chunk.lines(self._limits):
                number += 1
                row = self._row(chunk, number, line)
                if row is not None:
                    row["_processing_timestamp"] = self._micros
                    row["_source_file"] = chunk.file.uri
                    yield from writer.add(row, line.length)
        yield from writer.finish()

    def _row(self, chunk: Chunk, number: int, line: Line) -> dict | None:
        data = line.data
        if line.length > self._limits.max_record_bytes:
            detail = f"the record has {line.length} bytes, {self._limits.max_record_bytes} are allowed"
            self._reject(chunk, number, line, Reject(TOO_LONG, detail))
            return None
        try:
            obj = self._parser.fast(data)
            if obj is not None:
                return self._converter.fast(obj)
        except Misfit:
            pass
        if is_blank(data):
            return None
        try:
            row, rescued = self._converter.careful(*self._parser.careful(data))
        except Reject as reject:
            self._reject(chunk, number, line, reject)
            return None
        if rescued:
            self.rescued[chunk.index] = self.rescued.get(chunk.index, 0) + len(rescued)
            row["_rescued_data"] = rescued_json(rescued)
        return row

    def _reject(self, chunk: Chunk, number: int, line: Line, reject: Reject) -> None:
        self._rejects.write(rejected_record(chunk.file.uri, number, line, reject))


def rejected_record(uri: str, number: int, line: Line, reject: Reject) -> bytes:
    """Return one line of the rejected records."""
    record = {
        "file": uri,
        "line": number,
        "offset": line.offset,
        "length": line.length,
        "reason": reject.reason,
        "detail": reject.detail,
    }
    kept = line.data[:KEPT_OF_LONG_LINE]
    truncated = len(kept) < line.length
    if truncated:
        kept = without_partial_character(kept)
    try:
        record["raw"] = kept.decode()
    except UnicodeDecodeError:
        record["raw_base64"] = base64.b64encode(kept).decode()
    if truncated:
        record["truncated"] = True
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
