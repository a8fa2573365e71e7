"""Runs the command: python -m ndjson_parquet."""

from ndjson_parquet import main

main()
