# The Spark job for large batches.

resource "aws_s3_object" "script" {
  bucket      = var.scripts_bucket
  key         = "glue/glue_batch_job.py"
  source      = var.script
  source_hash = filemd5(var.script)
}

resource "aws_s3_object" "package" {
  bucket      = var.scripts_bucket
  key         = "glue/ndjson_batch.zip"
  source      = var.package
  source_hash = filemd5(var.package)
}

resource "aws_glue_job" "convert" {
  #checkov:skip=CKV_AWS_195:The buckets encrypt what the job writes; its logs contain no data. enable_kms sets a key for both.
  name              = var.job_name
  description       = "NDJSON to Parquet with Spark, for batches that are too large for a function"
  role_arn          = var.role_arn
  glue_version      = "5.0"
  worker_type       = var.worker_type
  number_of_workers = var.number_of_workers
  timeout           = var.timeout_minutes
  # The state machine has the retries.
  max_retries = 0

  command {
    name            = "glueetl"
    python_version  = "3"
    script_location = "s3://${aws_s3_object.script.bucket}/${aws_s3_object.script.key}"
  }

  execution_property {
    max_concurrent_runs = var.max_concurrent_runs
  }

  default_arguments = merge({ for name, value in var.limits : "--${name}" => value }, {
    # The original design (docs/DESIGN.md). The state machine adds --MANIFEST_PATH.
    "--MANIFEST_BUCKET"  = var.manifest_bucket
    "--OUTPUT_BUCKET"    = var.output_bucket
    "--COMPRESSION_TYPE" = var.compression_type
    # Additions
    "--QUARANTINE_BUCKET" = var.quarantine_bucket
    "--BUCKET_OWNER"      = var.bucket_owner
    "--extra-py-files"    = "s3://${aws_s3_object.package.bucket}/${aws_s3_object.package.key}"
    # Glue's own
    "--job-language"           = "python"
    "--enable-metrics"         = "true"
    "--custom-logGroup-prefix" = local.log_group_prefix
  })
}

locals {
  log_group_prefix = "/aws-glue/jobs/${var.job_name}"
}

# Glue 5 writes the job's output, and Spark's messages, to two groups below the prefix.
resource "aws_cloudwatch_log_group" "job" {
  #checkov:skip=CKV_AWS_338:log_retention_days is 14 by default, as for the functions.
  #checkov:skip=CKV_AWS_158:Encrypted with CloudWatch's key, or with a customer-managed one where enable_kms is set.
  for_each = toset(["error", "output"])

  name              = "${local.log_group_prefix}/${each.key}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}
