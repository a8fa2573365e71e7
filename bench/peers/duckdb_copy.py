"""DuckDB as a Python library: COPY from read_json to Parquet."""

import sys

import duckdb

from duckdb_sql import copy_statement

duckdb.sql(copy_statement(*sys.argv[1:]))
