"""Checks that all contestants wrote the same rows and values."""

import json
import subprocess
import sys
from pathlib import Path

_FINGERPRINT = Path(__file__).with_name("fingerprint.py")


def fingerprint(directory):
    done = subprocess.run([sys.executable, str(_FINGERPRINT), str(directory)], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"cannot read {directory}: {done.stderr.strip()[-1000:]}")
    return json.loads(done.stdout)


def differences(reference, other):
    """What other has that reference has not, as sentences; empty if they hold the same rows and values."""
    if other["rows"] != reference["rows"]:
        return [f"{other['rows']} rows instead of {reference['rows']}"]
    found = []
    for name in sorted(reference["columns"].keys() | other["columns"].keys()):
        ours, theirs = reference["columns"].get(name), other["columns"].get(name)
        if theirs is None:
            found.append(f"column {name} is missing")
        elif ours is None:
            found.append(f"column {name} is too many")
        elif ours != theirs:
            found.append(f"values of {name} ({other['types'][name]}) differ")
    if not found and reference["row_hash"] != other["row_hash"]:
        found.append("the values of a row are spread over several rows")
    return found
