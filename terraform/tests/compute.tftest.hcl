# The functions, the schedule, the Glue job and its table.

run "functions" {
  module {
    source = "./modules/lambda"
  }

  variables {
    function_names         = { manifest-builder = "builder", converter = "converter", settler = "settler", sweeper = "sweeper" }
    role_arns              = { manifest-builder = "arn:aws:iam::123456789012:role/b", converter = "arn:aws:iam::123456789012:role/c", settler = "arn:aws:iam::123456789012:role/s", sweeper = "arn:aws:iam::123456789012:role/w" }
    package                = "build/lambda.zip"
    architecture           = "arm64"
    kms_key_arn            = null
    log_retention_days     = 14
    subnet_ids             = []
    security_group_ids     = []
    queue_arn              = "arn:aws:sqs:us-east-1:123456789012:queue"
    max_concurrency        = 50
    sweep_schedule         = "rate(5 minutes)"
    reconcile_schedule     = "rate(1 hour)"
    reconcile_all_schedule = "rate(1 day)"
    manifest_builder       = { memory_size = 256, timeout = 60 }
    converter              = { memory_size = 1769, ephemeral_storage = 4096 }
    environment_variables  = { TRACKING_TABLE = "tracking" }
  }

  assert {
    condition     = alltrue([for handler, f in aws_lambda_function.this : f.handler == handler && f.runtime == "provided.al2023" && f.architectures == tolist(["arm64"]) && f.environment[0].variables == tomap({ TRACKING_TABLE = "tracking" })]) && length(aws_lambda_function.this) == 4
    error_message = "A function runs something else."
  }

  assert {
    condition     = alltrue([for f in aws_lambda_function.this : f.publish])
    error_message = "A function has no version for executions to keep to."
  }

  assert {
    condition     = aws_lambda_function.this["manifest-builder"].memory_size == 256 && aws_lambda_function.this["manifest-builder"].timeout == 60
    error_message = "The manifest builder's memory or time limit differs from docs/DESIGN.md."
  }

  assert {
    condition     = alltrue([for handler, g in aws_cloudwatch_log_group.this : g.name == "/aws/lambda/${var.function_names[handler]}" && g.retention_in_days == 14])
    error_message = "A function's log group is named otherwise, or kept for another time."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.events.batch_size == 10 && aws_lambda_event_source_mapping.events.function_response_types == toset(["ReportBatchItemFailures"])
    error_message = "The queue is not read in tens with partial batch responses."
  }

  assert {
    condition = { for name, rule in aws_cloudwatch_event_rule.this : name => [rule.schedule_expression, jsondecode(aws_cloudwatch_event_target.this[name].input)] } == {
      sweep         = ["rate(5 minutes)", { list = false, recent_hours = 0 }]
      reconcile     = ["rate(1 hour)", { list = true, recent_hours = 6 }]
      reconcile-all = ["rate(1 day)", { list = true, recent_hours = 0 }]
    }
    error_message = "The sweep has another schedule."
  }
}

run "functions_in_a_vpc" {
  module {
    source = "./modules/lambda"
  }

  variables {
    function_names         = { manifest-builder = "builder", converter = "converter", settler = "settler", sweeper = "sweeper" }
    role_arns              = { manifest-builder = "arn:aws:iam::123456789012:role/b", converter = "arn:aws:iam::123456789012:role/c", settler = "arn:aws:iam::123456789012:role/s", sweeper = "arn:aws:iam::123456789012:role/w" }
    package                = "build/lambda.zip"
    architecture           = "x86_64"
    kms_key_arn            = null
    log_retention_days     = 14
    subnet_ids             = ["subnet-1"]
    security_group_ids     = ["sg-1"]
    queue_arn              = "arn:aws:sqs:us-east-1:123456789012:queue"
    max_concurrency        = 50
    sweep_schedule         = "rate(5 minutes)"
    reconcile_schedule     = "rate(1 hour)"
    reconcile_all_schedule = "rate(1 day)"
    manifest_builder       = { memory_size = 256, timeout = 60 }
    converter              = { memory_size = 1769, ephemeral_storage = 4096 }
    environment_variables  = {}
  }

  assert {
    condition     = alltrue([for f in aws_lambda_function.this : f.vpc_config[0].subnet_ids == toset(["subnet-1"]) && f.vpc_config[0].security_group_ids == toset(["sg-1"])])
    error_message = "A function is outside the VPC."
  }
}

run "glue" {
  module {
    source = "./modules/glue"
  }

  variables {
    name_prefix         = "ndjson-parquet"
    environment         = "dev"
    job_name            = "ndjson-parquet-batch-job-dev"
    role_arn            = "arn:aws:iam::123456789012:role/glue"
    kms_key_arn         = null
    worker_type         = "G.1X"
    number_of_workers   = 2
    timeout_minutes     = 120
    max_concurrent_runs = 20
    scripts_bucket      = "scripts"
    manifest_bucket     = "manifest"
    output_bucket       = "output"
    quarantine_bucket   = "quarantine"
    bucket_owner        = "123456789012"
    compression_type    = "snappy"
    script              = "../glue/glue_batch_job.py"
    package             = "build/ndjson_batch.zip"
    limits              = { MAX_DEPTH = "128" }
    log_retention_days  = 14
  }

  assert {
    condition     = aws_glue_job.convert.glue_version == "5.0" && aws_glue_job.convert.worker_type == "G.1X" && aws_glue_job.convert.number_of_workers == 2 && aws_glue_job.convert.max_retries == 0
    error_message = "The job's worker type or number differs from docs/DESIGN.md."
  }

  assert {
    condition = { for k in ["--MANIFEST_BUCKET", "--OUTPUT_BUCKET", "--COMPRESSION_TYPE", "--MAX_DEPTH", "--enable-metrics", "--extra-py-files"] : k => aws_glue_job.convert.default_arguments[k] } == {
      "--MANIFEST_BUCKET"  = "manifest"
      "--OUTPUT_BUCKET"    = "output"
      "--COMPRESSION_TYPE" = "snappy"
      "--MAX_DEPTH"        = "128"
      "--enable-metrics"   = "true"
      "--extra-py-files"   = "s3://scripts/glue/ndjson_batch.zip"
    }
    error_message = "The job's arguments differ."
  }

  assert {
    condition     = aws_glue_catalog_table.merged.parameters["storage.location.template"] == "s3://output/merged-parquet-$${date_prefix}/" && aws_glue_catalog_table.merged.parameters["projection.enabled"] == "true"
    error_message = "Athena would not find a date's files."
  }

  assert {
    condition     = [for c in aws_glue_catalog_table.merged.storage_descriptor[0].columns : "${c.name} ${c.type}"] == ["_processing_timestamp timestamp", "_source_file string", "_rescued_data string"]
    error_message = "The table begins with other columns than those that the pipeline adds."
  }

  assert {
    condition = { for kind, g in aws_cloudwatch_log_group.job : g.name => g.retention_in_days } == {
      "${aws_glue_job.convert.default_arguments["--custom-logGroup-prefix"]}/error"  = 14
      "${aws_glue_job.convert.default_arguments["--custom-logGroup-prefix"]}/output" = 14
    }
    error_message = "Glue 5 would write to log groups that Terraform does not own, or that never expire."
  }

  assert {
    condition     = aws_glue_job.convert.default_arguments["--custom-logGroup-prefix"] == "/aws-glue/jobs/ndjson-parquet-batch-job-dev"
    error_message = "The job logs elsewhere."
  }
}
