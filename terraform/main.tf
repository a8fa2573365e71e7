# The pipeline: S3 → SQS → manifest builder → Step Functions → converter or Glue → Parquet in S3, with DynamoDB as the
# ledger. See docs/DEPLOY.md.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition

  tags = merge({
    Project     = var.name_prefix
    Environment = var.environment
    ManagedBy   = "terraform"
  }, var.tags)

  # Both engines have the same limits, so that a batch has the same outcome with either.
  limits = {
    MAX_RECORD_BYTES     = format("%d", var.max_record_bytes)
    MAX_DEPTH            = tostring(var.max_depth)
    MAX_COLUMNS          = tostring(var.max_columns)
    CASE_SENSITIVE       = tostring(var.case_sensitive)
    MAX_REJECTED_PERCENT = tostring(var.max_rejected_percent)
  }

  # The state machine calls the functions, and the functions start the state machine. Computing its ARN from its name
  # breaks the cycle.
  state_machine_name = "${var.name_prefix}-processor-${var.environment}"
  state_machine_arn  = "arn:${local.partition}:states:${var.aws_region}:${local.account_id}:stateMachine:${local.state_machine_name}"
  glue_job_name      = "${var.name_prefix}-batch-job-${var.environment}"
  function_names     = { for f in ["manifest-builder", "converter", "settler", "sweeper"] : f => "${var.name_prefix}-${f}-${var.environment}" }
  database_name      = replace("${var.name_prefix}_${var.environment}", "-", "_")
  catalog_table      = "merged_parquet"
  catalog_arns = [for resource in ["catalog", "database/${local.database_name}", "table/${local.database_name}/${local.catalog_table}"] :
  "arn:${local.partition}:glue:${var.aws_region}:${local.account_id}:${resource}"]
  alert_topic_name = "${var.name_prefix}-alerts-${var.environment}"
}

module "iam" {
  source = "./modules/iam"

  name_prefix          = var.name_prefix
  environment          = var.environment
  partition            = local.partition
  region               = var.aws_region
  account_id           = local.account_id
  enable_kms           = var.enable_kms
  in_vpc               = length(var.vpc_subnet_ids) > 0
  input_prefix         = var.input_prefix
  bucket_arns          = module.s3.bucket_arns
  tracking_table_arn   = module.dynamodb.tracking_table_arn
  metrics_table_arn    = module.dynamodb.metrics_table_arn
  catalog_arns         = local.catalog_arns
  permissions_boundary = var.permissions_boundary
  queue_arn            = module.sqs.queue_arn
  dlq_arn              = module.sqs.dlq_arn
  alert_topic_arn      = module.monitoring.alert_topic_arn
  state_machine_name   = local.state_machine_name
  function_names       = local.function_names
  glue_job_name        = local.glue_job_name
}

module "s3" {
  source = "./modules/s3"

  name_prefix               = var.name_prefix
  environment               = var.environment
  account_id                = local.account_id
  kms_key_arn               = module.iam.kms_key_arn
  input_prefix              = var.input_prefix
  queue_arn                 = module.sqs.queue_arn
  input_retention_days      = var.input_retention_days
  quarantine_retention_days = var.quarantine_retention_days
  force_destroy             = var.force_destroy
}

module "sqs" {
  source = "./modules/sqs"

  name_prefix      = var.name_prefix
  environment      = var.environment
  account_id       = local.account_id
  kms_key_arn      = module.iam.kms_key_arn
  input_bucket_arn = module.s3.bucket_arns["input"]
  consumer_timeout = var.lambda_timeout
}

module "dynamodb" {
  source = "./modules/dynamodb"

  name_prefix        = var.name_prefix
  environment        = var.environment
  kms_key_arn        = module.iam.kms_key_arn
  billing_mode       = var.dynamodb_billing_mode
  read_capacity      = var.dynamodb_read_capacity
  write_capacity     = var.dynamodb_write_capacity
  max_read_capacity  = var.dynamodb_max_read_capacity
  max_write_capacity = var.dynamodb_max_write_capacity
  enable_autoscaling = var.enable_autoscaling
  force_destroy      = var.force_destroy
}

module "lambda" {
  source = "./modules/lambda"

  function_names         = local.function_names
  role_arns              = module.iam.function_role_arns
  package                = var.lambda_package
  architecture           = var.lambda_architecture
  kms_key_arn            = module.iam.kms_key_arn
  log_retention_days     = var.log_retention_days
  subnet_ids             = var.vpc_subnet_ids
  security_group_ids     = var.vpc_security_group_ids
  queue_arn              = module.sqs.queue_arn
  max_concurrency        = var.lambda_max_concurrency
  sweep_schedule         = var.sweep_schedule
  reconcile_schedule     = var.reconcile_schedule
  reconcile_all_schedule = var.reconcile_all_schedule

  manifest_builder = { memory_size = var.lambda_memory_size, timeout = var.lambda_timeout }
  converter        = { memory_size = var.converter_memory_size, ephemeral_storage = var.converter_ephemeral_storage_mb }

  environment_variables = merge(var.extra_environment_variables, local.limits, {
    # The original design (docs/DESIGN.md)
    MANIFEST_BUCKET             = module.s3.bucket_names["manifest"]
    TRACKING_TABLE              = module.dynamodb.tracking_table_name
    STEP_FUNCTION_ARN           = local.state_machine_arn
    MAX_FILES_PER_MANIFEST      = tostring(var.max_files_per_manifest)
    MIN_FILES_FOR_PARTIAL_BATCH = tostring(var.min_files_for_partial_batch)
    EXPECTED_FILE_SIZE_MB       = tostring(var.expected_file_size_mb)
    SIZE_TOLERANCE_PERCENT      = tostring(var.size_tolerance_percent)
    LOCK_TTL_SECONDS            = tostring(var.lock_ttl_seconds)
    QUARANTINE_BUCKET           = module.s3.bucket_names["quarantine"]
    # Additions
    BUCKET_OWNER          = local.account_id
    INPUT_BUCKET          = module.s3.bucket_names["input"]
    INPUT_PREFIX          = var.input_prefix
    OUTPUT_BUCKET         = module.s3.bucket_names["output"]
    CATALOG_DATABASE      = local.database_name
    CATALOG_TABLE         = local.catalog_table
    METRICS_TABLE         = module.dynamodb.metrics_table_name
    ALERT_TOPIC_ARN       = module.monitoring.alert_topic_arn
    COMPRESSION_TYPE      = var.compression_type
    INPUT_EXTENSIONS      = var.input_extensions
    MAX_COMPRESSION_RATIO = tostring(var.max_compression_ratio)
    DATE_PATTERN          = var.date_pattern
    RECORDS_PATH          = var.records_path
    MAX_ZSTD_WINDOW_MB    = tostring(var.max_zstd_window_mb)
    DATE_TIMEZONE         = var.date_timezone
    OVERWRITE_POLICY      = var.overwrite_policy
    MAX_BATCH_AGE_SECONDS = tostring(var.max_batch_age_seconds)
    FLUSH_GRACE_SECONDS   = tostring(var.flush_grace_seconds)
    ROW_TTL_DAYS          = tostring(var.ledger_retention_days)
    LIST_HORIZON_DAYS     = tostring(var.input_retention_days)
    ENVIRONMENT           = var.environment
  })
}

module "glue" {
  source = "./modules/glue"

  name_prefix         = var.name_prefix
  environment         = var.environment
  job_name            = local.glue_job_name
  role_arn            = module.iam.glue_role_arn
  kms_key_arn         = module.iam.kms_key_arn
  worker_type         = var.glue_worker_type
  number_of_workers   = var.glue_number_of_workers
  timeout_minutes     = var.glue_timeout_minutes
  max_concurrent_runs = var.glue_max_concurrent_runs
  scripts_bucket      = module.s3.bucket_names["scripts"]
  manifest_bucket     = module.s3.bucket_names["manifest"]
  output_bucket       = module.s3.bucket_names["output"]
  quarantine_bucket   = module.s3.bucket_names["quarantine"]
  bucket_owner        = local.account_id
  compression_type    = var.compression_type
  limits              = local.limits
  log_retention_days  = var.log_retention_days
  script              = var.glue_script
  package             = var.glue_package
}

module "step_functions" {
  source = "./modules/step_functions"

  state_machine_name     = local.state_machine_name
  partition              = local.partition
  role_arn               = module.iam.state_machine_role_arn
  kms_key_arn            = module.iam.kms_key_arn
  log_retention_days     = var.log_retention_days
  converter_function_arn = module.lambda.version_arns["converter"]
  settler_function_arn   = module.lambda.version_arns["settler"]
  glue_job_name          = module.glue.job_name
  glue_min_batch_mb      = var.records_path == "" ? var.glue_min_batch_mb : 0 # the Glue job reads lines only
  glue_timeout_minutes   = var.glue_timeout_minutes
  manifest_bucket        = module.s3.bucket_names["manifest"]
  output_bucket          = module.s3.bucket_names["output"]
  compression_type       = var.compression_type
  alert_topic_arn        = module.monitoring.alert_topic_arn
}

module "monitoring" {
  source = "./modules/monitoring"

  name_prefix         = var.name_prefix
  environment         = var.environment
  region              = var.aws_region
  account_id          = local.account_id
  alert_topic_name    = local.alert_topic_name
  alert_emails        = var.alert_emails
  kms_key_arn         = module.iam.kms_key_arn
  function_names      = local.function_names
  tracking_table_name = module.dynamodb.tracking_table_name
  glue_job_name       = local.glue_job_name
  state_machine_name  = local.state_machine_name
  state_machine_arn   = local.state_machine_arn
  queue_name          = module.sqs.queue_name
  dlq_name            = module.sqs.dlq_name
}
