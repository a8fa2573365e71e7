"""Fixtures: batches in a directory, and one local Spark."""

import json
import os
import sys
from pathlib import Path

import pytest

GLUE = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(GLUE))

BATCH = "2025-01-17-0001-20250117-143100"


def version_of(path: Path) -> str:
    stat = path.stat()
    return f"{stat.st_size:x}-{stat.st_mtime_ns:x}"


class Place:
    """A dataset's directories."""

    def __init__(self, root: Path):
        self.root = root
        for name in ("input", "manifests", "output", "quarantine"):
            (root / name).mkdir(parents=True)

    def put(self, name: str, content: bytes | str) -> Path:
        path = self.root / "input" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def manifest(self, paths: list[Path], batch: str = BATCH, schema_version: int = 0, **file_fields) -> str:
        """Write a manifest of the files as they now are, and return its path."""
        files = [
            {
                "uri": path.as_uri(),
                "file_key": path.name,
                "etag": version_of(path),
                "size_bytes": path.stat().st_size,
                **file_fields,
            }
            for path in paths
        ]
        date, name = batch[:10], batch[11:]
        created = f"{name[5:9]}-{name[9:11]}-{name[11:13]}T{name[14:16]}:{name[16:18]}:{name[18:20]}Z"
        content = {
            "fileLocations": [{"URIPrefixes": [f["uri"] for f in files]}],
            "batch": {
                "id": batch,
                "date_prefix": date,
                "created_at": created,
                "schema_version": schema_version,
                "files": files,
            },
        }
        target = self.root / "manifests" / date / f"batch-{name}.json"
        target.parent.mkdir(exist_ok=True)
        target.write_text(json.dumps(content))
        return str(target)

    def arguments(self, manifest: str, **more) -> list[str]:
        arguments = {
            "MANIFEST_PATH": manifest,
            "MANIFEST_BUCKET": str(self.root / "manifests"),
            "OUTPUT_BUCKET": str(self.root / "output"),
            "QUARANTINE_BUCKET": str(self.root / "quarantine"),
            "COMPRESSION_TYPE": "snappy",
            **more,
        }
        return [text for name, value in arguments.items() for text in ("--" + name, str(value))]

    def files(self, below: str) -> list[str]:
        folder = self.root / below
        return sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture(scope="session")
def spark():
    """The job's own Spark context, on two local cores."""
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    os.environ["PYSPARK_SUBMIT_ARGS"] = (
        "--master local[2] --driver-memory 1g --conf spark.ui.enabled=false"
        " --conf spark.driver.host=127.0.0.1 --conf spark.driver.bindAddress=127.0.0.1 pyspark-shell"
    )
    from ndjson_batch.engine import start_spark

    context = start_spark()
    yield context
    context.stop()
