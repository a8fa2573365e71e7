# The output as a table. Partition projection computes the partitions, so a date can be queried as soon as its first batch
# is published, without a crawler or ADD PARTITION. Readers ignore _commits/, because its name starts with an underscore.

locals {
  # The last columns of every output (docs/FORMATS.md).
  added_columns = [
    { name = "_processing_timestamp", type = "timestamp" },
    { name = "_source_file", type = "string" },
    { name = "_rescued_data", type = "string" },
  ]
}

resource "aws_glue_catalog_database" "this" {
  name        = replace("${var.name_prefix}_${var.environment}", "-", "_")
  description = "NDJSON to Parquet, ${var.environment}"
}

resource "aws_glue_catalog_table" "merged" {
  name          = "merged_parquet"
  database_name = aws_glue_catalog_database.this.name
  table_type    = "EXTERNAL_TABLE"

  parameters = {
    EXTERNAL                               = "TRUE"
    classification                         = "parquet"
    "projection.enabled"                   = "true"
    "projection.date_prefix.type"          = "date"
    "projection.date_prefix.format"        = "yyyy-MM-dd"
    "projection.date_prefix.interval"      = "1"
    "projection.date_prefix.interval.unit" = "DAYS"
    # The pipeline accepts dates up to tomorrow.
    "projection.date_prefix.range" = "2020-01-01,NOW+1DAYS"
    "storage.location.template"    = "s3://${var.output_bucket}/merged-parquet-$${date_prefix}/"
  }

  # The settler keeps the columns equal to the schema log, and notes the version in the parameters.
  lifecycle {
    ignore_changes = [storage_descriptor[0].columns, parameters]
  }

  partition_keys {
    name = "date_prefix"
    type = "string"
  }

  storage_descriptor {
    location      = "s3://${var.output_bucket}/"
    input_format  = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat"
    output_format = "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat"

    ser_de_info {
      serialization_library = "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
      # Columns are found by name, because older files lack newer columns.
      parameters = { "serialization.format" = "1", "parquet.column.index.access" = "false" }
    }

    dynamic "columns" {
      for_each = local.added_columns

      content {
        name = columns.value.name
        type = columns.value.type
      }
    }
  }
}
