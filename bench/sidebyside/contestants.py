"""The programs that are compared, and how each is started."""

import subprocess
import sys
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

_PEERS = Path(__file__).resolve().parent.parent / "peers"

SELF = "ndjson-parquet"


@dataclass(frozen=True)
class Contestant:
    name: str
    version: str
    arguments: tuple[str, ...]  # of the process; {source} and {output} are directories

    def command(self, source: Path, output: Path) -> list[str]:
        return [a.format(source=source, output=output) for a in self.arguments]


def _python(name: str, package: str, script: str) -> Contestant:
    return Contestant(name, metadata.version(package), (sys.executable, str(_PEERS / script), "{source}", "{output}"))


def _self(binary: Path) -> Contestant:
    version = subprocess.run([binary, "version"], check=True, capture_output=True, text=True).stdout.strip()
    return Contestant(
        SELF,
        version.removeprefix(SELF).split()[0],
        (str(binary), "convert", "-o", "{output}/output.parquet", "{source}"),
    )


def _duckdb_cli() -> Contestant:
    # The package's "duckdb" command is a Python script that starts this binary; the bench starts the binary itself.
    binary = metadata.distribution("duckdb-cli").locate_file("duckdb_cli/duckdb")
    sys.path.insert(0, str(_PEERS))
    from duckdb_sql import copy_statement

    statement = copy_statement("{source}", "{output}")
    return Contestant("DuckDB CLI", metadata.version("duckdb-cli"), (str(binary), "-c", statement))


def contestants(binary: Path, with_spark: bool = False) -> list[Contestant]:
    """Returns ndjson-parquet and its peers."""
    found = [
        _self(binary),
        _python("DuckDB", "duckdb", "duckdb_copy.py"),
        _duckdb_cli(),
        _python("Polars", "polars", "polars_sink.py"),
        _python("ClickHouse", "chdb-core", "chdb_insert.py"),
        _python("DataFusion", "datafusion", "datafusion_copy.py"),
    ]
    if with_spark:
        found.append(_python("Spark", "pyspark", "spark_write.py"))
    return found
