"""Apache DataFusion: COPY from a registered directory to Parquet."""

import sys

import datafusion

source, output = sys.argv[1:]
context = datafusion.SessionContext()
context.register_json("input", source, file_extension=".ndjson")
context.sql(
    f"COPY (SELECT * FROM input) TO '{output}/' STORED AS PARQUET OPTIONS ('format.compression' 'snappy')"
).collect()
