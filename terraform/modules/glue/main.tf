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
    "--job-language"                     = "python"
    "--enable-metrics"                   = "true"
    "--enable-continuous-cloudwatch-log" = "true"
    "--continuous-log-logGroup"          = "/aws-glue/jobs/${var.job_name}"
  })
}

# No retention, CloudWatch's default, as in the original design.
resource "aws_cloudwatch_log_group" "job" {
  #checkov:skip=CKV_AWS_338:No retention is set: the logs never expire.
  #checkov:skip=CKV_AWS_66:No retention is set: the logs never expire.
  #checkov:skip=CKV_AWS_158:Encrypted with CloudWatch's key, or with a customer-managed one where enable_kms is set.
  name       = "/aws-glue/jobs/${var.job_name}"
  kms_key_id = var.kms_key_arn
}
