module ndjson-parquet/tools/iamactions

go 1.26.0
