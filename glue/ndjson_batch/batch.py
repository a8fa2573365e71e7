"""A batch: its manifest, the names that follow from it, and its commit record (docs/FORMATS.md)."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field
from datetime import datetime, timezone

from .buildinfo import REVISION, VERSION
from .inputs import Input

CODEC_WORDS = {"snappy": "snappy", "zstd": "zstd", "gzip": "gz", "none": "uncompressed", "uncompressed": "uncompressed"}

_MANIFEST_KEY = re.compile(r"(?P<root>.*?)/?\d{4}-\d{2}-\d{2}/batch-[^/]+\.json")
_BATCH_ID = re.compile(r"\d{4}-\d{2}-\d{2}-\d{4,}-\d{8}-\d{6}")


@dataclass(frozen=True)
class Manifest:
    """What a batch converts, at pinned versions."""

    batch_id: str
    date_prefix: str
    created_at: str  # RFC 3339, as in the manifest
    schema_version: int
    files: tuple[Input, ...]

    @property
    def processing_micros(self) -> int:
        """created_at in µs since 1970."""
        # The writer of the manifest truncates to µs.
        moment = datetime.fromisoformat(self.created_at)
        return (moment - datetime(1970, 1, 1, tzinfo=timezone.utc)) // _MICROSECOND

    @property
    def name(self) -> str:
        return self.batch_id[len("2025-01-17-") :]

    @property
    def output_folder(self) -> str:
        return f"merged-parquet-{self.date_prefix}/"

    @property
    def part_prefix(self) -> str:
        """The prefix of the keys of all outputs of the batch, and of no other batch."""
        return f"{self.output_folder}part-{self.name}-"

    def output_key(self, n: int, codec: str) -> str:
        return f"{self.part_prefix}{n:05d}.{CODEC_WORDS[codec]}.parquet"

    @property
    def commit_key(self) -> str:
        return f"{self.output_folder}_commits/{self.name}.json"

    @property
    def rejected_key(self) -> str:
        return f"rejected/{self.date_prefix}/{self.name}.ndjson"

    @property
    def staging(self) -> str:
        return f"_staging/{self.batch_id}/"


_MICROSECOND = datetime(1970, 1, 1, microsecond=1) - datetime(1970, 1, 1)


def parse_manifest(content: bytes, where: str) -> Manifest:
    """Parse a manifest. ``where`` names it in errors. Raises ValueError."""
    try:
        batch = json.loads(content)["batch"]
        manifest = Manifest(
            batch_id=batch["id"],
            date_prefix=batch["date_prefix"],
            created_at=batch["created_at"],
            schema_version=int(batch["schema_version"]),
            files=tuple(
                Input(
                    uri=f["uri"],
                    file_key=f["file_key"],
                    etag=f["etag"],
                    version_id=f.get("version_id", ""),
                    size=int(f["size_bytes"]),
                    released=bool(f.get("released", False)),
                )
                for f in batch["files"] or ()
            ),
        )
        manifest.processing_micros
    except (ValueError, KeyError, TypeError) as e:
        raise ValueError(f"manifest {where} is not valid ({type(e).__name__}: {e}); see docs/FORMATS.md") from None
    if not _BATCH_ID.fullmatch(manifest.batch_id) or not manifest.batch_id.startswith(manifest.date_prefix):
        raise ValueError(f"manifest {where} names the batch {manifest.batch_id!r} of {manifest.date_prefix!r}")
    return manifest


def manifests_root(manifest_path: str) -> tuple[str, str]:
    """Split a manifest's address into the place of all manifests and the key below it. Raises ValueError."""
    m = _MANIFEST_KEY.fullmatch(manifest_path)
    if not m:
        raise ValueError(f"{manifest_path} does not end in <date>/batch-<name>.json")
    return m["root"], manifest_path[len(m["root"]) :].lstrip("/")


@dataclass
class Counts:
    """The lines of a file, or of a part of one: lines = rows + rejected + blank. ``rescued`` counts values."""

    lines: int = 0
    rows: int = 0
    rejected: int = 0
    blank: int = 0
    rescued: int = 0

    def add(self, other: "Counts") -> None:
        self.lines += other.lines
        self.rows += other.rows
        self.rejected += other.rejected
        self.blank += other.blank
        self.rescued += other.rescued


@dataclass
class Outcome:
    """The outcome of one input."""

    status: str = "completed"
    reason: str = ""
    detail: str = ""
    counts: Counts = field(default_factory=Counts)

    @property
    def completed(self) -> bool:
        return self.status == "completed"


@dataclass(frozen=True)
class Output:
    """One Parquet object."""

    key: str
    rows: int
    size_bytes: int
    sha256: str


def commit_record(
    manifest: Manifest,
    manifest_path: str,
    schema_version: int,
    outcomes: list[Outcome],
    outputs: list[Output],
    started_at: datetime,
    duration_ms: int,
) -> bytes:
    """Return the commit record's content."""
    inputs = []
    total = Counts()
    for file, outcome in zip(manifest.files, outcomes, strict=True):
        record = {
            "uri": file.uri,
            "file_key": file.file_key,
            "etag": file.etag,
            "version_id": file.version_id,
            "size_bytes": file.size,
            "status": outcome.status,
            "reason": outcome.reason,
        }
        if outcome.detail:
            record["detail"] = outcome.detail
        inputs.append(record | asdict(outcome.counts))
        if outcome.completed:
            total.add(outcome.counts)
    record = {
        "batch": manifest.batch_id,
        "date_prefix": manifest.date_prefix,
        "manifest_path": manifest_path,
        "engine": "glue",
        "writer": f"ndjson_batch version {VERSION} (build {REVISION})",
        "schema_version": schema_version,
        "processing_timestamp": manifest.created_at,
        "inputs": inputs,
        "outputs": [asdict(o) for o in outputs],
        "rows": total.rows,
        "rejected": total.rejected,
        "rescued": total.rescued,
    }
    if total.rejected:
        record["rejected_key"] = manifest.rejected_key
    record["started_at"] = started_at.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")
    record["duration_ms"] = duration_ms
    return json.dumps(record, indent=2, ensure_ascii=False).encode()
