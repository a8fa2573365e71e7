"""NDJSON to Parquet on Spark, under the rules of docs/FORMATS.md.

Only ``engine`` imports Spark, so that every rule can be tested, and sent to executors, without it.
"""
