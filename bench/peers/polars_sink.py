"""Polars: a lazy scan streamed into Parquet."""

import sys

import polars

source, output = sys.argv[1:]
# The default looks at 100 records for the schema, too few for the sparse corpus.
polars.scan_ndjson(f"{source}/*.ndjson", infer_schema_length=1000).sink_parquet(
    f"{output}/output.parquet", compression="snappy"
)
