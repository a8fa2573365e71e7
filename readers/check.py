"""Checks that other programs read the converter's Parquet as docs/FORMATS.md specifies. readers/run starts it."""

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import sensitivity
from cases import CASES
from conversion import Expected, Output, problems
from oddities import Oddities
from readback import NAMES, Reader, open_readers

EXAMPLES = Path(__file__).resolve().parent.parent / "examples" / "input"
LARGE = 3 << 20  # bytes of a file that is converted in pieces


def arguments() -> argparse.Namespace:
    p = argparse.ArgumentParser(
        prog="readers/run", description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    p.add_argument("--binary", type=Path, required=True, help=argparse.SUPPRESS)
    p.add_argument("--readers", default=",".join(NAMES), help="comma-separated")
    p.add_argument("--case", default="", help="only cases whose name contains this")
    p.add_argument("--rounds", type=int, default=60, help="rounds of random records")
    p.add_argument("--large-rounds", type=int, default=2, help="rounds with files of several MB")
    p.add_argument("--seed", type=int, default=1, help="the first round's seed; each round adds one")
    p.add_argument("--keep", type=Path, help="write the input of failing cases below this directory")
    return p.parse_args()


class Checks:
    """Runs the cases and counts those that pass and fail."""

    def __init__(self, a: argparse.Namespace):
        self.a = a
        self.readers = open_readers(a.readers.split(","))
        self.passed, self.failed = 0, 0
        self.failures: list[str] = []  # of the current case

    def check(
        self, name: str, files: dict[str, bytes], readers: Sequence[Reader] | None = None, repeat: bool = False
    ) -> None:
        """Checks the conversion of files: name → content. With repeat, a second run must give the same bytes."""
        with tempfile.TemporaryDirectory() as directory:
            paths = [Path(directory, n) for n in sorted(files)]
            for path in paths:
                path.write_bytes(files[path.name])
            self.check_paths(name, paths, Path(directory), readers, repeat)
        if self.failures and self.a.keep:
            kept = self.a.keep / name.replace(" ", "-").replace("/", "-")
            kept.mkdir(parents=True, exist_ok=True)
            for n, content in files.items():
                (kept / n).write_bytes(content)
            print(f"     kept in {kept}")

    def check_paths(
        self,
        name: str,
        paths: list[Path],
        directory: Path,
        readers: Sequence[Reader] | None = None,
        repeat: bool = False,
    ) -> None:
        output = Output(self.a.binary, paths, directory)
        self.failures = list(problems(Expected(paths), output, readers or self.readers))
        if repeat and not self.failures:
            first = output.parquet.read_bytes()
            if Output(self.a.binary, paths, directory, ("--parallelism", "1")).parquet.read_bytes() != first:
                self.failures = ["--parallelism 1 gives other bytes"]
        self.record(name)

    def record(self, name: str) -> None:
        self.passed += not self.failures
        self.failed += bool(self.failures)
        for failure in self.failures:
            print(f"FAIL {name}: {failure}", flush=True)

    def sensitivity(self) -> None:
        """Checks that every reader's check notices every difference."""
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory, "2025-01-17-a.ndjson")
            path.write_bytes(sensitivity.CONTENT)
            output = Output(self.a.binary, [path], Path(directory))
            for what, falsify in sensitivity.FALSIFICATIONS.items():
                expected = Expected([path])
                falsify(expected)
                found = list(problems(expected, output, self.readers))
                unnoticed = len(found) < (1 if what in sensitivity.SEEN_ONCE else len(self.readers))
                self.failures = [f"only {len(found)} checks notice it: {found}"] if unnoticed else []
                self.record(f"a wrong expectation is noticed: {what}")

    def truncated_gzip(self) -> None:
        """Checks that a truncated file is an error, not a short file, and that the other file is converted."""
        name = "C34 truncated gzip"
        with tempfile.TemporaryDirectory() as directory:
            whole = Path(directory, "2025-01-17-a.ndjson")
            whole.write_bytes(b'{"a":1}\n')
            short = Path(directory, "2025-01-17-b.ndjson.gz")
            short.write_bytes(CASES["C34 gzip with several members"]["2025-01-17-a.ndjson.gz"][:-9])
            expected = Expected([whole])
            output = Output(self.a.binary, [whole, short], Path(directory))
            columns, rows = self.readers[0].read(str(output.parquet)) if output.parquet.exists() else ([], [])
        self.failures = []
        for what, got, want in (
            ("exit code", output.process.returncode, 3),
            ("columns", columns, expected.columns),
            ("rows", len(rows), 1),
            ("file named in the error", short.name in output.process.stderr, True),
        ):
            if got != want:
                self.failures.append(f"{what}: {got} instead of {want}: {output.process.stderr.strip()}")
        self.record(name)


def main() -> int:
    a = arguments()
    begin = time.monotonic()
    checks = Checks(a)
    if a.case in "examples":
        paths = sorted(p for p in EXAMPLES.iterdir() if ".ndjson" in p.name)
        with tempfile.TemporaryDirectory() as directory:
            checks.check_paths("examples", paths, Path(directory))
    for name, files in CASES.items():
        if a.case in name:
            checks.check(name, files)
    if a.case in "C34 truncated gzip":
        checks.truncated_gzip()
    if not a.case:
        for number in range(a.rounds):
            # Spark takes longer than all others together, so it reads only every sixth round.
            readers = [r for r in checks.readers if r.name != "spark" or number % 6 == 0]
            checks.check(f"random {a.seed + number}", Oddities(a.seed + number).files(), readers)
        for number in range(a.large_rounds):
            files = Oddities(a.seed + number).large_files(LARGE)
            checks.check(f"random large {a.seed + number}", files, checks.readers[:2], repeat=True)
    checks.sensitivity()
    names = ", ".join(r.name for r in checks.readers)
    print(f"{names}: {time.monotonic() - begin:.0f} s")
    print(f"readers: {checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
