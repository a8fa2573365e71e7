"""Compares ndjson-parquet with its peers on this machine. bench/run installs what this needs and starts it."""

import argparse
import fcntl
import json
import os
import shutil
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Any, TextIO

from sidebyside import compare, measure, report
from sidebyside.contestants import SELF, Contestant, contestants
from sidebyside.picture import picture

SHAPES = ("events", "metrics", "nested", "shuffled", "sparse", "interleaved")
# Keys that are data, and more keys than columns. The programs make different columns of them: only times compare.
KEY_SHAPES = ("uuid-keys", "reused-keys", "mixed-keys", "unique-key", "wide")
SIZES = ("tiny", "35m", "1g", "10g")


def arguments() -> argparse.Namespace:
    p = argparse.ArgumentParser(
        prog="bench/run", description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    p.add_argument("--cache", type=Path, required=True, help=argparse.SUPPRESS)
    shapes = ", ".join(SHAPES + KEY_SHAPES)
    p.add_argument("--shapes", default="events,metrics,nested", help="comma-separated: " + shapes)
    p.add_argument("--sizes", default="35m,1g", help="comma-separated: 35m (10 x 3.5 MB), 1g (8 x 128 MiB), 10g, tiny")
    p.add_argument("--rounds", type=int, default=5, help="measured runs of each program; the table shows medians")
    p.add_argument("--only", default="", help="comma-separated programs; ndjson-parquet always takes part")
    p.add_argument("--spark", action="store_true", help="run Spark too (install pyspark into .cache/bench/venv)")
    p.add_argument("--binary", type=Path, help="measure this ndjson-parquet instead of the one built here")
    p.add_argument("--json", type=Path, help="write all measurements to this file")
    p.add_argument("--svg", type=Path, help="draw the wall times into this file")
    p.add_argument("--quick", action="store_true", help="check that everything works: all shapes, tiny, one round")
    a = p.parse_args()
    if a.quick:
        a.shapes, a.sizes, a.rounds = ",".join(SHAPES), "tiny", 1
    a.shapes, a.sizes = a.shapes.split(","), a.sizes.split(",")
    for given, known in ((a.shapes, SHAPES + KEY_SHAPES), (a.sizes, SIZES)):
        if unknown := set(given) - set(known):
            p.error(f"unknown: {', '.join(sorted(unknown))}; choose from {', '.join(known)}")
    return a


def participants(a: argparse.Namespace) -> list[Contestant]:
    known = contestants(a.binary or a.cache / "bin" / SELF, a.spark)
    if not a.only:
        return known
    chosen = {n.strip().lower() for n in a.only.split(",")} | {SELF}
    if unknown := chosen - {c.name.lower() for c in known}:
        sys.exit(f"bench: no such program: {', '.join(unknown)}; known are {', '.join(c.name for c in known)}")
    return [c for c in known if c.name.lower() in chosen]


def alone(cache: Path) -> TextIO:
    """Returns a lock that no other run holds. Two runs would disturb and overwrite each other."""
    lock = (cache / "lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        sys.exit("bench: another run has the lock; wait until it ends")
    return lock


def bench(a: argparse.Namespace, taking_part: list[Contestant], shape: str, size: str) -> dict[str, Any]:
    """Measures one corpus and returns its part of the report."""
    source = a.cache / "corpus" / f"{shape}-{size}"
    subprocess.run([a.cache / "bin" / "corpus", "-out", source, "-shape", shape, "-size", size], check=True)
    bytes_in = measure.warm(source)
    output, log = a.cache / "output", a.cache / "log"

    # The first run of each program is not counted. It warms the cache, and its output is compared.
    failed: dict[str, str] = {}
    prints: dict[str, dict[str, Any]] = {}
    results: dict[str, dict[str, Any]] = {c.name: {"version": c.version, "runs": []} for c in taking_part}
    for c in taking_part:
        try:
            measure.run(c.command(source, output), output, log)
            results[c.name]["bytes_out"] = measure.output_bytes(output)
            prints[c.name] = compare.fingerprint(output)
        except (measure.Failed, RuntimeError) as e:
            failed[c.name] = str(e)
            print(f"  {c.name} fails: {str(e).splitlines()[-1]}", file=sys.stderr)
    # The programs run in turn, A B C A B C, so that a slow period of the machine affects all of them.
    for number in range(a.rounds):
        for c in taking_part:
            if c.name not in failed:
                m = measure.run(c.command(source, output), output, log)
                results[c.name]["runs"].append({"wall": m.wall_seconds, "cpu": m.cpu_seconds, "peak": m.peak_bytes})
        print(f"  {shape} {size}: round {number + 1} of {a.rounds}", file=sys.stderr)
    shutil.rmtree(output, ignore_errors=True)

    for name, r in results.items():
        if name in failed:
            r["failed"] = failed[name]
            continue
        for key in ("wall", "cpu", "peak"):
            r[key] = statistics.median(run[key] for run in r["runs"])
        r["types"] = prints[name]["types"]
        if SELF in prints:
            r["differences"] = compare.differences(prints[SELF], prints[name])
    return {"shape": shape, "size": size, "bytes_in": bytes_in, "results": results}


def main() -> int:
    a = arguments()
    taking_part = participants(a)
    _lock = alone(a.cache)  # until the end
    corpora = []
    for size in a.sizes:
        for shape in a.shapes:
            corpora.append(bench(a, taking_part, shape, size))
            print(report.table(corpora[-1]), flush=True)
    everything = {"machine": report.machine(), "rounds": a.rounds, "corpora": corpora}
    print(report.summary(everything))
    if a.json:
        a.json.write_text(json.dumps(everything, indent=1) + "\n")
    if a.svg:
        a.svg.write_text(picture(everything))
    return 0 if report.sound(everything) else 1


if __name__ == "__main__":
    os.environ["TZ"] = "UTC"
    sys.exit(main())
