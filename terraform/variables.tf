# --- The seed's variables ---------------------------------------------------------------------------------------------

variable "environment" {
  description = "Environment name; ends the name of every resource."
  type        = string
  default     = "dev"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,11}$", var.environment))
    error_message = "The environment is 1 to 12 lower-case letters, digits and hyphens, and starts with a letter."
  }
}

variable "dynamodb_read_capacity" {
  description = "Read capacity units of the file-tracking table and its index of pending files; with autoscaling, the least."
  type        = number
  default     = 5
}

variable "dynamodb_write_capacity" {
  description = "Write capacity units of the file-tracking table and its index of pending files; with autoscaling, the least. What is written once a batch has a fifth."
  type        = number
  default     = 25
}

variable "dynamodb_max_read_capacity" {
  description = "Most read capacity units autoscaling may set."
  type        = number
  default     = 1000
}

variable "dynamodb_max_write_capacity" {
  description = "Most write capacity units autoscaling may set."
  type        = number
  default     = 1000
}

variable "dynamodb_billing_mode" {
  description = "PROVISIONED, or PAY_PER_REQUEST (on demand), where nothing is paid while nothing happens and the capacities do not count."
  type        = string
  default     = "PROVISIONED"

  validation {
    condition     = contains(["PROVISIONED", "PAY_PER_REQUEST"], var.dynamodb_billing_mode)
    error_message = "The billing mode is PROVISIONED or PAY_PER_REQUEST."
  }
}

variable "enable_autoscaling" {
  description = "Scale the tables' capacity with their use. False: it stays at the two variables above."
  type        = bool
  default     = true
}

variable "lambda_memory_size" {
  description = "Memory of the manifest builder, MB."
  type        = number
  default     = 256
}

variable "lambda_timeout" {
  description = "Time limit of the manifest builder, seconds. The queue's visibility timeout is six times this."
  type        = number
  default     = 60

  validation {
    condition     = var.lambda_timeout >= 10 && var.lambda_timeout <= 900
    error_message = "A Lambda function runs for at most 900 seconds, and the manifest builder needs at least 10."
  }
}

variable "glue_worker_type" {
  description = "Worker type of the Glue job."
  type        = string
  default     = "G.1X"
}

variable "glue_number_of_workers" {
  description = "Workers of the Glue job."
  type        = number
  default     = 2

  validation {
    condition     = var.glue_number_of_workers >= 2
    error_message = "A Glue job needs at least 2 workers."
  }
}

# --- The account ------------------------------------------------------------------------------------------------------

variable "aws_region" {
  description = "Region of every resource."
  type        = string
  default     = "us-east-1"
}

variable "name_prefix" {
  description = "Starts the name of every resource."
  type        = string
  default     = "ndjson-parquet"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,22}[a-z0-9]$", var.name_prefix))
    error_message = "The prefix is 2 to 24 lower-case letters, digits and hyphens: bucket names end at 63 characters."
  }
}

variable "tags" {
  description = "Tags of every resource, beside Project, Environment and ManagedBy."
  type        = map(string)
  default     = {}
}

variable "enable_kms" {
  description = "Encrypt buckets, queues, tables, the alert topic and logs with a key of our own (SSE-KMS) instead of the services' keys. Costs a key, and a request per object."
  type        = bool
  default     = false
}

variable "vpc_subnet_ids" {
  description = "Subnets the functions run in; none: no VPC. They need routes to S3, DynamoDB, Step Functions and SNS (endpoints or NAT)."
  type        = list(string)
  default     = []
}

variable "vpc_security_group_ids" {
  description = "Security groups of the functions in the VPC."
  type        = list(string)
  default     = []

  validation {
    condition     = (length(var.vpc_subnet_ids) == 0) == (length(var.vpc_security_group_ids) == 0)
    error_message = "Give both vpc_subnet_ids and vpc_security_group_ids, or neither."
  }
}

variable "alert_emails" {
  description = "Addresses that get the alerts; each must confirm its subscription."
  type        = list(string)
  default     = []
}

variable "force_destroy" {
  description = "Let `destroy` delete buckets that hold objects, and tables under deletion protection."
  type        = bool
  default     = false
}

# --- The data ---------------------------------------------------------------------------------------------------------

variable "input_prefix" {
  description = "Where in the input bucket files arrive."
  type        = string
  default     = "pipeline/input/"

  validation {
    condition     = endswith(var.input_prefix, "/")
    error_message = "The input prefix ends with a slash."
  }
}

variable "input_retention_days" {
  description = "Days an input file is kept. Shorter than ledger_retention_days: a file that outlived its row would be admitted again."
  type        = number
  default     = 60

  validation {
    condition     = var.input_retention_days >= 1 && var.input_retention_days + 2 <= var.ledger_retention_days
    error_message = "Input must be gone before the ledger forgets it: input_retention_days + 2 may not exceed ledger_retention_days (S3 expires objects up to two days late)."
  }
}

variable "ledger_retention_days" {
  description = "Days a row of the file-tracking table is kept (TTL)."
  type        = number
  default     = 90
}

variable "quarantine_retention_days" {
  description = "Days quarantined files and rejected records are kept."
  type        = number
  default     = 365
}

variable "max_files_per_manifest" {
  description = "Files of a full batch (MAX_FILES_PER_MANIFEST)."
  type        = number
  default     = 10
}

variable "min_files_for_partial_batch" {
  description = "Least files of a batch of a date that is over (MIN_FILES_FOR_PARTIAL_BATCH)."
  type        = number
  default     = 1
}

variable "expected_file_size_mb" {
  description = "Expected size of a file, MB; 0 accepts any size (EXPECTED_FILE_SIZE_MB)."
  type        = number
  default     = 3.5
}

variable "size_tolerance_percent" {
  description = "How far a file's size may lie from the expected one (SIZE_TOLERANCE_PERCENT)."
  type        = number
  default     = 10
}

variable "lock_ttl_seconds" {
  description = "Life of the lease on a date (LOCK_TTL_SECONDS)."
  type        = number
  default     = 300
}

variable "max_batch_age_seconds" {
  description = "A pending file of today waits at most this long for a full batch; 0: until the day is over (MAX_BATCH_AGE_SECONDS)."
  type        = number
  default     = 0
}

variable "flush_grace_seconds" {
  description = "How long after midnight UTC the date that ended is flushed (FLUSH_GRACE_SECONDS)."
  type        = number
  default     = 300
}

variable "overwrite_policy" {
  description = "What becomes of a new version of a file that was already claimed: quarantine, append or ignore (OVERWRITE_POLICY)."
  type        = string
  default     = "quarantine"

  validation {
    condition     = contains(["quarantine", "append", "ignore"], var.overwrite_policy)
    error_message = "The overwrite policy is quarantine, append or ignore."
  }
}

variable "compression_type" {
  description = "Codec of the Parquet files: snappy, zstd, gzip or none (COMPRESSION_TYPE)."
  type        = string
  default     = "snappy"

  validation {
    condition     = contains(["snappy", "zstd", "gzip", "none"], var.compression_type)
    error_message = "The codec is snappy, zstd, gzip or none."
  }
}

variable "max_record_bytes" {
  description = "A longer line is rejected (MAX_RECORD_BYTES)."
  type        = number
  default     = 16777216
}

variable "max_depth" {
  description = "A more deeply nested line is rejected (MAX_DEPTH)."
  type        = number
  default     = 128

  validation {
    condition     = var.max_depth >= 1 && var.max_depth <= 400
    error_message = "The depth is 1 to 400: the Glue job cannot go deeper."
  }
}

variable "max_columns" {
  description = "Leaf columns of the dataset; values of further ones are rescued (MAX_COLUMNS)."
  type        = number
  default     = 2000
}

variable "max_rejected_percent" {
  description = "A file with more rejected lines is quarantined whole (MAX_REJECTED_PERCENT)."
  type        = number
  default     = 100
}

variable "extra_environment_variables" {
  description = "Further settings of the functions; docs/DEPLOY.md lists them."
  type        = map(string)
  default     = {}
}

variable "dataset_columns" {
  description = "Columns of the Athena table: the newest version of the schema log, which the pipeline keeps in the manifest bucket. The three columns that the pipeline adds are there without being listed."
  type        = list(object({ name = string, type = string }))
  default     = []
}

# --- Sizes ------------------------------------------------------------------------------------------------------------

variable "glue_min_batch_mb" {
  description = "Batches of at least so many MB are converted by Glue, smaller ones by the converter function; 0: never by Glue (GLUE_MIN_BATCH_MB)."
  type        = number
  default     = 1024
}

variable "glue_timeout_minutes" {
  description = "Time limit of one run of the Glue job."
  type        = number
  default     = 120
}

variable "glue_max_concurrent_runs" {
  description = "Runs of the Glue job at a time; the state machine waits for a free one."
  type        = number
  default     = 20
}

variable "lambda_architecture" {
  description = "arm64 or x86_64; the package must have been built for it."
  type        = string
  default     = "arm64"

  validation {
    condition     = contains(["arm64", "x86_64"], var.lambda_architecture)
    error_message = "The architecture is arm64 or x86_64."
  }
}

variable "lambda_package" {
  description = "The zip with the functions' bootstrap, made by terraform/package."
  type        = string
  default     = "build/lambda.zip"
}

variable "glue_script" {
  description = "The Glue job's script."
  type        = string
  default     = "../glue/glue_batch_job.py"
}

variable "glue_package" {
  description = "The zip of the Python package that the Glue job's script imports, made by terraform/package."
  type        = string
  default     = "build/ndjson_batch.zip"
}

variable "lambda_max_concurrency" {
  description = "Manifest builders that work on the queue at a time. The concurrency alarm stands at 40."
  type        = number
  default     = 50
}

variable "converter_memory_size" {
  description = "Memory of the converter, MB. 1,769 MB is one CPU."
  type        = number
  default     = 1769
}

variable "converter_ephemeral_storage_mb" {
  description = "Scratch space of the converter, MB: room for a batch's Parquet and rejected records."
  type        = number
  default     = 4096
}

variable "sweep_schedule" {
  description = "When pending dates are advanced and stale batches repaired."
  type        = string
  default     = "rate(5 minutes)"
}

variable "reconcile_schedule" {
  description = "When the sweep also lists what was put into the input within the last six hours, to find what no event told of. Names that begin with a date before yesterday are left to reconcile_all_schedule."
  type        = string
  default     = "rate(1 hour)"
}

variable "reconcile_all_schedule" {
  description = "When the sweep lists the whole input and looks up every object in the ledger."
  type        = string
  default     = "rate(1 day)"
}

variable "log_retention_days" {
  description = "Days the logs of functions and state machine are kept."
  type        = number
  default     = 14
}
