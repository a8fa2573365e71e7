"""Runs one process and asks the operating system what it took."""

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Measurement:
    wall_seconds: float
    cpu_seconds: float  # user and system, all threads and waited-for children
    peak_bytes: int  # largest resident set


class Failed(Exception):
    """A process ended with an error."""


def run(command: Sequence[str], output: Path, log: Path) -> Measurement:
    """Starts command with an empty directory output, waits, and returns a Measurement. Its messages go to the file log.

    The peak is never below this process's own size: Linux counts the moment between fork and exec. So keep this
    process small.
    """
    shutil.rmtree(output, ignore_errors=True)
    output.mkdir(parents=True)
    os.sync()  # so that this run does not wait for the writes of the last one
    with log.open("wb") as messages:
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=messages, stderr=messages)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        tail = log.read_text(errors="replace")[-2000:]
        raise Failed(f"{' '.join(command)} ended with {process.returncode}:\n{tail}")
    # ru_maxrss is in KiB on Linux, in bytes on macOS.
    unit = 1 if sys.platform == "darwin" else 1024
    return Measurement(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * unit)


def warm(directory: Path) -> int:
    """Reads all files once, so that they are in the page cache, and returns their size."""
    total = 0
    for path in sorted(directory.iterdir()):
        with path.open("rb", buffering=0) as f:
            while block := f.read(1 << 22):
                total += len(block)
    return total


def output_bytes(directory: Path) -> int:
    return sum(p.stat().st_size for p in directory.rglob("*.parquet"))
