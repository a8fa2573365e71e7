"""The ndjson-parquet command, installed with Python.

``ndjson-parquet`` and ``python -m ndjson_parquet`` run it; ``executable()`` is its path, for programs that start it:

    subprocess.run([ndjson_parquet.executable(), "convert", "-o", "out.parquet", "logs/"], check=True)
"""

from __future__ import annotations

import atexit
import functools
import os
import pkgutil
import shutil
import signal
import subprocess
import sys
import tempfile

__version__ = "0.0.dev0"
__all__ = ["executable", "main"]

_NAME = "ndjson-parquet.exe" if os.name == "nt" else "ndjson-parquet"
_INSTALLED = os.path.join(os.path.dirname(os.path.abspath(__file__)), "bin", _NAME)


@functools.lru_cache(maxsize=None)
def executable() -> str:
    """Return the path of the command.

    Where the package is imported from a zip file, as with Spark's --py-files, the command is unpacked into a temporary
    folder that is removed when Python exits.
    """
    if not os.path.isfile(_INSTALLED):
        return _unpack()
    if not os.access(_INSTALLED, os.X_OK):  # some programs that unpack wheels drop the mode
        os.chmod(_INSTALLED, 0o755)
    return _INSTALLED


def _unpack() -> str:
    content = pkgutil.get_data(__name__, "bin/" + _NAME)
    if content is None:
        raise FileNotFoundError(_INSTALLED)
    folder = tempfile.mkdtemp(prefix="ndjson-parquet-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = os.path.join(folder, _NAME)
    with open(path, "wb") as file:
        file.write(content)
    os.chmod(path, 0o700)
    return path


def main() -> None:
    """Run the command with this process's arguments."""
    arguments = [executable(), *sys.argv[1:]]
    if os.name != "nt" and arguments[0] == _INSTALLED:
        os.execv(arguments[0], arguments)
    # Elsewhere this process waits. An interrupt reaches both, and the command decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(subprocess.call(arguments))
