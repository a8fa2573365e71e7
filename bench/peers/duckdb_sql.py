"""The statement that both DuckDB peers run."""


def copy_statement(source: str, output: str) -> str:
    # Without map_inference_threshold=-1 DuckDB reads the records of the sparse corpus into one MAP column.
    return (
        f"COPY (SELECT * FROM read_json('{source}/*.ndjson', format='newline_delimited', map_inference_threshold=-1)) "
        f"TO '{output}/output.parquet' (FORMAT parquet, COMPRESSION snappy)"
    )
