# The root module: names, the functions' environment, and validation of variables.

run "names" {
  assert {
    condition = output.function_names == {
      manifest-builder = "ndjson-parquet-manifest-builder-dev"
      converter        = "ndjson-parquet-converter-dev"
      settler          = "ndjson-parquet-settler-dev"
      sweeper          = "ndjson-parquet-sweeper-dev"
    }
    error_message = "A function has another name."
  }

  assert {
    condition     = output.state_machine_arn == "arn:aws:states:us-east-1:123456789012:stateMachine:ndjson-parquet-processor-dev" && output.alert_topic_arn == "arn:aws:sns:us-east-1:123456789012:ndjson-parquet-alerts-dev"
    error_message = "The state machine or the topic has another name."
  }

  assert {
    condition     = output.input_location == "s3://ndjson-parquet-input-dev-123456789012/pipeline/input/"
    error_message = "The input location is another one."
  }
}

run "functions_have_the_designs_defaults" {
  assert {
    condition = module.lambda.environment_variables == tomap({
      MANIFEST_BUCKET             = "ndjson-parquet-manifest-dev-123456789012"
      TRACKING_TABLE              = "ndjson-parquet-file-tracking-dev"
      STEP_FUNCTION_ARN           = output.state_machine_arn
      MAX_FILES_PER_MANIFEST      = "10"
      MIN_FILES_FOR_PARTIAL_BATCH = "1"
      EXPECTED_FILE_SIZE_MB       = "3.5"
      SIZE_TOLERANCE_PERCENT      = "10"
      LOCK_TTL_SECONDS            = "300"
      QUARANTINE_BUCKET           = "ndjson-parquet-quarantine-dev-123456789012"
      INPUT_BUCKET                = "ndjson-parquet-input-dev-123456789012"
      INPUT_PREFIX                = "pipeline/input/"
      OUTPUT_BUCKET               = "ndjson-parquet-output-dev-123456789012"
      CATALOG_DATABASE            = "ndjson_parquet_dev"
      CATALOG_TABLE               = "merged_parquet"
      METRICS_TABLE               = "ndjson-parquet-metrics-dev"
      ALERT_TOPIC_ARN             = "arn:aws:sns:us-east-1:123456789012:ndjson-parquet-alerts-dev"
      COMPRESSION_TYPE            = "snappy"
      OVERWRITE_POLICY            = "quarantine"
      MAX_BATCH_AGE_SECONDS       = "0"
      FLUSH_GRACE_SECONDS         = "300"
      ROW_TTL_DAYS                = "90"
      LIST_HORIZON_DAYS           = "60"
      INPUT_EXTENSIONS            = ".ndjson,.jsonl"
      MAX_COMPRESSION_RATIO       = "30"
      DATE_PATTERN                = "{date}"
      DATE_TIMEZONE               = "UTC"
      RECORDS_PATH                = ""
      MAX_ZSTD_WINDOW_MB          = "128"
      MAX_RECORD_BYTES            = "16777216"
      MAX_DEPTH                   = "128"
      MAX_COLUMNS                 = "2000"
      CASE_SENSITIVE              = "false"
      MAX_REJECTED_PERCENT        = "100"
      BUCKET_OWNER                = "123456789012"
      ENVIRONMENT                 = "dev"
    })
    error_message = "The functions' environment variables differ."
  }
}

run "state_machine_chooses_glue_by_bytes" {
  variables {
    glue_min_batch_mb = 2
  }

  assert {
    condition     = jsondecode(module.step_functions.definition).States.ChooseEngine.Choices[1] == { Variable = "$.batch.bytes", NumericGreaterThanEquals = 2097152, Next = "StartGlueJob" }
    error_message = "GLUE_MIN_BATCH_MB does not choose the engine."
  }

  assert {
    condition     = jsondecode(module.step_functions.definition).States.StartGlueJob.Retry[0] == { ErrorEquals = ["Glue.ConcurrentRunsExceededException"], IntervalSeconds = 60, MaxAttempts = 3, BackoffRate = 2.0 }
    error_message = "The Glue job's retry policy differs from docs/DESIGN.md."
  }

  assert {
    condition     = keys(jsondecode(module.step_functions.definition).States.StartGlueJob.Parameters.Arguments) == ["--COMPRESSION_TYPE", "--MANIFEST_BUCKET", "--MANIFEST_PATH.$", "--OUTPUT_BUCKET"]
    error_message = "The Glue job's arguments differ from docs/DESIGN.md."
  }

  assert {
    condition     = keys(jsondecode(module.step_functions.definition).States.SendFailureAlert.Parameters.Message) == ["DatePrefix.$", "Error.$", "ExecutionArn.$", "FunctionError.$", "ManifestPath.$", "StateMachineName.$", "Timestamp.$"]
    error_message = "The alert's payload differs from docs/DESIGN.md."
  }

  assert {
    condition     = alltrue([for name, s in jsondecode(module.step_functions.definition).States : contains(flatten([for c in s.Catch : c.ErrorEquals]), "States.ALL") && length(s.Retry) > 0 if s.Type == "Task"])
    error_message = "A task without a retry, or whose failure nothing catches."
  }
}

run "never_glue" {
  variables {
    glue_min_batch_mb = 0
  }

  assert {
    condition     = jsondecode(module.step_functions.definition).States.ChooseEngine.Choices[1].NumericGreaterThanEquals > 1e15
    error_message = "0 does not disable Glue."
  }
}

run "always_glue" {
  variables {
    glue_min_batch_mb = 0.001
  }

  assert {
    condition     = jsondecode(module.step_functions.definition).States.ChooseEngine.Choices[1].NumericGreaterThanEquals < 1100
    error_message = "A fraction of a MiB does not send batches of some kilobytes to Glue."
  }
}

run "with_a_customer_managed_key" {
  variables {
    enable_kms             = true
    environment            = "prod"
    separate_state         = true
    alert_emails           = ["oncall@example.org"]
    vpc_subnet_ids         = ["subnet-1"]
    vpc_security_group_ids = ["sg-1"]
  }

  assert {
    condition     = module.iam.kms_key_arn != null
    error_message = "enable_kms creates no key."
  }
}

run "prod_needs_somebody_to_alert" {
  command = plan

  variables {
    environment    = "prod"
    separate_state = true
  }

  expect_failures = [var.alert_emails]
}

run "the_workspace_is_the_environments" {
  command = plan

  variables {
    environment  = "prod"
    alert_emails = ["oncall@example.org"]
  }

  expect_failures = [terraform_data.workspace]
}

run "a_boundary_bounds_every_role" {
  variables {
    permissions_boundary = "arn:aws:iam::123456789012:policy/boundary"
  }

  assert {
    condition     = alltrue([for boundary in module.iam.boundaries : boundary == "arn:aws:iam::123456789012:policy/boundary"]) && length(module.iam.boundaries) == 6
    error_message = "A role has no permissions boundary."
  }
}

run "input_may_not_outlive_its_rows" {
  command = plan

  variables {
    input_retention_days  = 89
    ledger_retention_days = 90
  }

  expect_failures = [var.input_retention_days]
}

run "refuses_unknown_choices" {
  command = plan

  variables {
    overwrite_policy       = "perhaps"
    compression_type       = "lzo"
    lambda_architecture    = "mips"
    environment            = "Dev_1"
    glue_number_of_workers = 1
    input_prefix           = "pipeline/input"
    vpc_subnet_ids         = ["subnet-1"]
  }

  expect_failures = [
    var.overwrite_policy, var.compression_type, var.lambda_architecture, var.environment, var.glue_number_of_workers, var.input_prefix,
    var.vpc_security_group_ids,
  ]
}
