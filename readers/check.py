"""Checks that other tools read the Parquet as docs/FORMATS.md specifies. Start it with readers/run."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import sensitivity
from cases import CASES
from conversion import Expected, Output, problems
from oddities import Oddities
from readback import NAMES, open_readers

EXAMPLES = Path(__file__).resolve().parent.parent / "examples" / "input"
LARGE = 3 << 20


def arguments():
    p = argparse.ArgumentParser(prog="readers/run", description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    p.add_argument("--binary", type=Path, required=True, help=argparse.SUPPRESS)
    p.add_argument("--readers", default=",".join(NAMES), help="comma-separated: who reads")
    p.add_argument("--case", default="", help="only cases whose name contains this")
    p.add_argument("--rounds", type=int, default=60, help="rounds of random records")
    p.add_argument("--large-rounds", type=int, default=2, help="rounds with files of several MB, which are converted in pieces")
    p.add_argument("--seed", type=int, default=1, help="of the first round; the others count up")
    p.add_argument("--keep", type=Path, help="write the input of failing cases below this directory")
    return p.parse_args()


class Checks:
    def __init__(self, a):
        self.a = a
        self.readers = open_readers(a.readers.split(","))
        self.passed, self.failed = 0, 0

    def check(self, name, files, readers=None, repeat=False):
        """One case: files, a dictionary of name → bytes. repeat: a second run must give the same bytes."""
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

    def check_paths(self, name, paths, directory, readers=None, repeat=False):
        output = Output(self.a.binary, paths, directory)
        self.failures = list(problems(Expected(paths), output, readers or self.readers))
        if repeat and not self.failures:
            first = output.parquet.read_bytes()
            if Output(self.a.binary, paths, directory, ("--parallelism", "1")).parquet.read_bytes() != first:
                self.failures = ["other bytes with one goroutine"]
        self.record(name)

    def record(self, name):
        self.passed += not self.failures
        self.failed += bool(self.failures)
        for failure in self.failures:
            print(f"FAIL {name}: {failure}", flush=True)

    def sensitivity(self):
        """The checks notice every single difference, with every reader."""
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory, "2025-01-17-a.ndjson")
            path.write_bytes(sensitivity.CONTENT)
            output = Output(self.a.binary, [path], directory)
            for what, falsify in sensitivity.FALSIFICATIONS.items():
                expected = Expected([path])
                falsify(expected)
                found = list(problems(expected, output, self.readers))
                unnoticed = len(found) < (1 if what in sensitivity.SEEN_ONCE else len(self.readers))
                self.failures = [f"only {len(found)} notice it"] if unnoticed else []
                self.record(f"a wrong expectation is noticed: {what}")

    def truncated_gzip(self):
        """A truncated file is an error, not a short file; the other file is converted."""
        name = "C34 truncated gzip"
        with tempfile.TemporaryDirectory() as directory:
            whole = Path(directory, "2025-01-17-a.ndjson")
            whole.write_bytes(b'{"a":1}\n')
            short = Path(directory, "2025-01-17-b.ndjson.gz")
            short.write_bytes(CASES["C34 gzip with several members"]["2025-01-17-a.ndjson.gz"][:-9])
            expected = Expected([whole])
            output = Output(self.a.binary, [whole, short], directory)
            columns, rows = self.readers[0].read(str(output.parquet)) if output.parquet.exists() else (None, None)
            good = output.process.returncode == 3 and columns == expected.columns and len(rows) == 1 and short.name in output.process.stderr
        self.failures = [] if good else [f"exit code {output.process.returncode}, rows {rows}: {output.process.stderr.strip()}"]
        self.record(name)


def main():
    a = arguments()
    begin = time.monotonic()
    checks = Checks(a)
    if a.case in "examples":
        paths = sorted(p for p in EXAMPLES.iterdir() if ".ndjson" in p.name)
        with tempfile.TemporaryDirectory() as directory:
            checks.check_paths("examples", paths, directory)
    for name, files in CASES.items():
        if a.case in name:
            checks.check(name, files)
    if a.case in "C34 truncated gzip":
        checks.truncated_gzip()
    if not a.case:
        for number in range(a.rounds):
            # Spark takes longer than all others together: it sees every sixth round.
            readers = [r for r in checks.readers if r.name != "spark" or number % 6 == 0]
            checks.check(f"random {a.seed + number}", Oddities(a.seed + number).files(), readers)
        for number in range(a.large_rounds):
            files = Oddities(a.seed + number).large_files(LARGE)
            checks.check(f"random large {a.seed + number}", files, checks.readers[:2], repeat=True)
    checks.sensitivity()
    print(f"readers: {checks.passed} passed, {checks.failed} failed ({time.monotonic() - begin:.0f} s; {', '.join(r.name for r in checks.readers)})")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
