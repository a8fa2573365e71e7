"""Who takes part, and how each is started."""

import subprocess
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

_PEERS = Path(__file__).resolve().parent.parent / "peers"

OURS = "ndjson-parquet"


@dataclass(frozen=True)
class Contestant:
    name: str
    version: str
    arguments: tuple[str, ...]  # of the process; {source} and {output} are directories

    def command(self, source, output):
        return [a.format(source=source, output=output) for a in self.arguments]


def _python(name, package, script):
    return Contestant(name, metadata.version(package), (sys.executable, str(_PEERS / script), "{source}", "{output}"))


def _ours(binary):
    version = subprocess.run([binary, "version"], check=True, capture_output=True, text=True).stdout.strip()
    return Contestant(
        OURS,
        version.splitlines()[0].removeprefix(OURS).strip(),
        (str(binary), "convert", "-o", "{output}/output.parquet", "{source}"),
    )


def _duckdb_cli():
    # The package's "duckdb" command is a Python script that starts this binary; the bench starts the binary itself.
    binary = metadata.distribution("duckdb-cli").locate_file("duckdb_cli/duckdb")
    sys.path.insert(0, str(_PEERS))
    from duckdb_sql import copy_statement

    return Contestant("DuckDB CLI", metadata.version("duckdb-cli"), (str(binary), "-c", copy_statement("{source}", "{output}")))


def contestants(binary, with_spark=False):
    """Ours first, then the peers."""
    everybody = [
        _ours(binary),
        _python("DuckDB", "duckdb", "duckdb_copy.py"),
        _duckdb_cli(),
        _python("Polars", "polars", "polars_sink.py"),
        _python("ClickHouse", "chdb-core", "chdb_insert.py"),
        _python("DataFusion", "datafusion", "datafusion_copy.py"),
    ]
    if with_spark:
        everybody.append(_python("Spark", "pyspark", "spark_write.py"))
    return everybody
