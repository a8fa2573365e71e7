"""The measurements as text."""

import os
import platform
from pathlib import Path
from typing import Any

from .contestants import SELF

_SIZES = {"tiny": "3 × 96 KiB", "35m": "10 × 3.5 MB", "1g": "8 × 128 MiB", "10g": "80 × 128 MiB"}


def title(corpus: dict[str, Any]) -> str:
    return f"{corpus['shape']}, {_SIZES[corpus['size']]}"


def table(corpus: dict[str, Any]) -> str:
    """Returns the results of one corpus, with each time as a multiple of ndjson-parquet's."""
    own = corpus["results"][SELF].get("wall")
    lines = [
        "",
        f"{title(corpus)} ({corpus['bytes_in'] / 1e6:.1f} MB)",
        f"  {'':24}{'wall':>9}{'×':>8}{'(min–max)':>16}{'CPU':>9}{'peak':>9}{'output':>10}  same values",
    ]
    for name, r in corpus["results"].items():
        label = f"{name} {r['version']}"
        if "failed" in r:
            lines.append(f"  {label:24}  fails: {r['failed'].splitlines()[-1][:90]}")
            continue
        walls = [run["wall"] for run in r["runs"]]
        ratio = f"{r['wall'] / own:.2f}" if own else "–"
        spread = f"{min(walls):.2f}–{max(walls):.2f}"
        same = "–"
        if "differences" in r:
            same = "NO: " + "; ".join(r["differences"][:3]) if r["differences"] else "yes"
        lines.append(
            f"  {label:24}{r['wall']:7.3f} s{ratio:>8}{spread:>16}{r['cpu']:7.2f} s"
            f"{r['peak'] / 2**20:6.0f} MiB{r['bytes_out'] / 1e6:7.1f} MB  {same}"
        )
    return "\n".join(lines)


def fastest_peer(corpus: dict[str, Any]) -> str | None:
    """Returns the name of the fastest peer that wrote the same values, if there is one."""
    peers = [
        (r["wall"], name)
        for name, r in corpus["results"].items()
        if name != SELF and "failed" not in r and not r.get("differences")
    ]
    return min(peers)[1] if peers else None


def summary(everything: dict[str, Any]) -> str:
    """Returns, for each corpus, the ratio to the fastest peer that wrote the same values."""
    m = everything["machine"]
    system = f"{m['cores']} cores, {m['memory_gib']:.0f} GiB, {m['system']}"
    lines = ["", f"{m['cpu']}, {system}; medians, rounds: {everything['rounds']}"]
    for corpus in everything["corpora"]:
        peer = fastest_peer(corpus)
        own = corpus["results"][SELF]
        if peer and "failed" not in own:
            ratio = corpus["results"][peer]["wall"] / own["wall"]
            lines.append(f"  {title(corpus):28} {ratio:5.2f} times as fast as the fastest peer ({peer})")
    return "\n".join(lines)


def sound(everything: dict[str, Any]) -> bool:
    """Reports whether ndjson-parquet ran on every corpus, and agrees with a peer wherever one ran."""
    for corpus in everything["corpora"]:
        results = corpus["results"]
        if "failed" in results[SELF]:
            return False
        peers = [r for name, r in results.items() if name != SELF and "failed" not in r]
        if peers and all(r["differences"] for r in peers):
            return False
    return True


def machine() -> dict[str, Any]:
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                cpu = line.split(":", 1)[1].strip()
                break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cpu": cpu,
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gib": memory / 2**30,
        "system": f"{platform.system()} {platform.release()}",
    }
