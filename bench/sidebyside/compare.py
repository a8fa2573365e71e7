"""Checks that all contestants wrote the same rows and values."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

_FINGERPRINT = Path(__file__).with_name("fingerprint.py")


def fingerprint(directory: Path) -> dict[str, Any]:
    command = [sys.executable, str(_FINGERPRINT), str(directory)]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"cannot read {directory}: {done.stderr.strip()[-1000:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def differences(reference: dict[str, Any], other: dict[str, Any]) -> list[str]:
    """Returns a sentence for each difference between two fingerprints."""
    if other["rows"] != reference["rows"]:
        return [f"{other['rows']} rows instead of {reference['rows']}"]
    found = []
    for name in sorted(reference["columns"].keys() | other["columns"].keys()):
        want, got = reference["columns"].get(name), other["columns"].get(name)
        if got is None:
            found.append(f"column {name} is missing")
        elif want is None:
            found.append(f"column {name} is unexpected")
        elif want != got:
            types = f"{other['types'][name]} instead of {reference['types'][name]}"
            found.append(f"values of {name} ({types}) differ")
    if not found and reference["row_hash"] != other["row_hash"]:
        found.append("the columns hold the same values, but in other rows")
    return found
