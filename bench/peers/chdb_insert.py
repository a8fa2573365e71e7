"""ClickHouse, embedded (chdb): INSERT from file to file."""

import sys

import chdb

source, output = sys.argv[1:]
chdb.query(
    f"INSERT INTO FUNCTION file('{output}/output.parquet', Parquet) "
    f"SELECT * FROM file('{source}/*.ndjson', JSONEachRow) "
    "SETTINGS output_format_parquet_compression_method='snappy'"
)
