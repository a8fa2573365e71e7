"""Apache Spark, local mode: read.json to write.parquet (snappy is its default)."""

import sys

from pyspark.sql import SparkSession

source, output = sys.argv[1:]
spark = (
    SparkSession.builder.master("local[*]")
    .config("spark.ui.enabled", "false")
    .config("spark.driver.memory", "4g")
    .config("spark.sql.session.timeZone", "UTC")
    .getOrCreate()
)
spark.read.json(f"{source}/*.ndjson").write.mode("overwrite").parquet(output)
spark.stop()
