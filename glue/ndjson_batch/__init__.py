"""NDJSON to Parquet on Spark, under the rules of docs/FORMATS.md.

Nothing here but ``engine`` imports Spark, so that every rule can be tested, and shipped to executors, without it.
"""
