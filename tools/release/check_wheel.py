"""Checks a wheel that is installed in this Python: its file name, its record, and what it offers to programs."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import os
import subprocess
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import ndjson_parquet
from pip._vendor.packaging.utils import parse_wheel_filename

wheel = Path(sys.argv[1])


def check_name() -> None:
    name, version, _, tags = parse_wheel_filename(wheel.name)
    assert name == "ndjson-parquet", name
    assert str(version) == metadata.version("ndjson-parquet") == ndjson_parquet.__version__, version
    with zipfile.ZipFile(wheel) as archive:
        description = archive.read(f"ndjson_parquet-{version}.dist-info/WHEEL").decode()
    listed = {line.removeprefix("Tag: ") for line in description.splitlines() if line.startswith("Tag: ")}
    assert listed == {str(tag) for tag in tags}, (listed, tags)


def check_record() -> None:
    with zipfile.ZipFile(wheel) as archive:
        (record,) = (name for name in archive.namelist() if name.endswith(".dist-info/RECORD"))
        rows = list(csv.reader(io.StringIO(archive.read(record).decode())))
        assert {row[0] for row in rows} == set(archive.namelist())
        for name, digest, size in rows:
            if name == record:
                continue
            content = archive.read(name)
            expected = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            assert (digest, size) == (f"sha256={expected}", str(len(content))), name


def check_executable() -> None:
    path = ndjson_parquet.executable()
    assert os.path.dirname(path).startswith(sys.prefix), path
    version = subprocess.run([path, "--version"], check=True, capture_output=True, text=True).stdout
    module = subprocess.run(
        [sys.executable, "-m", "ndjson_parquet", "--version"], check=True, capture_output=True, text=True
    )
    assert version == module.stdout != "", (version, module.stdout)
    refused = subprocess.run(
        [sys.executable, "-m", "ndjson_parquet", "no-such-command"], capture_output=True, check=False
    )
    assert refused.returncode == 2, refused


def check_zip_import() -> None:
    """From the wheel itself, as Spark's --py-files has it, the command is unpacked, and removed at the end."""
    code = (
        "import ndjson_parquet as n, subprocess; p = n.executable(); subprocess.check_call([p, '--version']); print(p)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(wheel)},
    )
    version, path = run.stdout.splitlines()
    assert version.startswith("ndjson-parquet "), version
    assert not path.startswith(sys.prefix) and not os.path.exists(path), path


for check in (check_name, check_record, check_executable, check_zip_import):
    check()
