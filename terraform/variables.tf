# --- The original design (docs/DESIGN.md) -----------------------------------------------------------------------------

variable "environment" {
  description = "Name of the environment, the last part of every resource's name."
  type        = string
  default     = "dev"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,11}$", var.environment))
    error_message = "The environment must be 1 to 12 lower-case letters, digits and hyphens, starting with a letter."
  }
}

variable "dynamodb_read_capacity" {
  description = "Read capacity units of the file-tracking table and its index of pending files; the minimum with autoscaling."
  type        = number
  default     = 5
}

variable "dynamodb_write_capacity" {
  description = "Write capacity units of the file-tracking table and its index of pending files; the minimum with autoscaling. The metrics table and the index of live batches get a fifth of it."
  type        = number
  default     = 25
}

variable "dynamodb_max_read_capacity" {
  description = "Maximum read capacity units that autoscaling may set."
  type        = number
  default     = 1000
}

variable "dynamodb_max_write_capacity" {
  description = "Maximum write capacity units that autoscaling may set."
  type        = number
  default     = 1000
}

variable "dynamodb_billing_mode" {
  description = "PROVISIONED, or PAY_PER_REQUEST (on demand): no charge while idle; the capacity variables are ignored."
  type        = string
  default     = "PROVISIONED"

  validation {
    condition     = contains(["PROVISIONED", "PAY_PER_REQUEST"], var.dynamodb_billing_mode)
    error_message = "The billing mode must be PROVISIONED or PAY_PER_REQUEST."
  }
}

variable "enable_autoscaling" {
  description = "Scale the tables' capacity with their use. If false, it stays at dynamodb_read_capacity and dynamodb_write_capacity."
  type        = bool
  default     = true
}

variable "lambda_memory_size" {
  description = "Memory of the manifest builder, in MB."
  type        = number
  default     = 256
}

variable "lambda_timeout" {
  description = "Time limit of the manifest builder, in seconds. The queue's visibility timeout is six times this."
  type        = number
  default     = 60

  validation {
    condition     = var.lambda_timeout >= 10 && var.lambda_timeout <= 900
    error_message = "The time limit must be 10 to 900 seconds."
  }
}

variable "glue_worker_type" {
  description = "Worker type of the Glue job."
  type        = string
  default     = "G.1X"
}

variable "glue_number_of_workers" {
  description = "Number of workers of the Glue job."
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
  description = "First part of every resource's name."
  type        = string
  default     = "ndjson-parquet"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,22}[a-z0-9]$", var.name_prefix))
    error_message = "The prefix must be 2 to 24 lower-case letters, digits and hyphens: bucket names have at most 63 characters."
  }
}

variable "tags" {
  description = "Tags of every resource, in addition to Project, Environment and ManagedBy."
  type        = map(string)
  default     = {}
}

variable "enable_kms" {
  description = "Encrypt buckets, queues, tables, the alert topic and logs with a customer-managed key (SSE-KMS) instead of the services' keys. Adds the price of a key and of a request per object."
  type        = bool
  default     = false
}

variable "vpc_subnet_ids" {
  description = "Subnets of the functions; without any, they run outside a VPC. The subnets need routes to S3, DynamoDB, Step Functions and SNS (endpoints or NAT)."
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
  description = "E-mail addresses that receive the alerts; each must confirm its subscription."
  type        = list(string)
  default     = []

  validation {
    condition     = var.environment != "prod" || length(var.alert_emails) > 0
    error_message = "In prod somebody must get the alerts: give alert_emails."
  }
}

variable "permissions_boundary" {
  description = "ARN of the policy that bounds every role of this configuration; null: none. Some accounts demand one."
  type        = string
  default     = null
}

variable "separate_state" {
  description = "Says that the state of this environment is its own although the workspace is \"default\": a backend key, or a folder, for each environment."
  type        = bool
  default     = false
}

variable "force_destroy" {
  description = "Let `destroy` delete buckets that are not empty, and create tables without deletion protection."
  type        = bool
  default     = false
}

# --- The data ---------------------------------------------------------------------------------------------------------

variable "input_prefix" {
  description = "Prefix in the input bucket under which files arrive."
  type        = string
  default     = "pipeline/input/"

  validation {
    condition     = endswith(var.input_prefix, "/")
    error_message = "The input prefix must end with a slash."
  }
}

variable "input_retention_days" {
  description = "Days that input files are kept. Must be shorter than ledger_retention_days: a file that outlives its row would be admitted again."
  type        = number
  default     = 60

  validation {
    condition     = var.input_retention_days >= 1 && var.input_retention_days + 2 <= var.ledger_retention_days
    error_message = "input_retention_days + 2 must not exceed ledger_retention_days: a file must expire before its row, and S3 expires objects up to two days late."
  }
}

variable "ledger_retention_days" {
  description = "Days that rows of the file-tracking table are kept (TTL)."
  type        = number
  default     = 90
}

variable "quarantine_retention_days" {
  description = "Days that quarantined files and rejected records are kept."
  type        = number
  default     = 365
}

variable "max_files_per_manifest" {
  description = "Files of a full batch (MAX_FILES_PER_MANIFEST)."
  type        = number
  default     = 10
}

variable "min_files_for_partial_batch" {
  description = "Fewest files of a batch of an earlier date (MIN_FILES_FOR_PARTIAL_BATCH)."
  type        = number
  default     = 1
}

variable "expected_file_size_mb" {
  description = "Expected size of a file, in MiB; 0 accepts any size (EXPECTED_FILE_SIZE_MB)."
  type        = number
  default     = 3.5
}

variable "input_extensions" {
  description = "Extensions of input files, with commas, in any case and each also compressed (.gz, .zst); * accepts every name."
  type        = string
  default     = ".ndjson,.jsonl"
}

variable "max_compression_ratio" {
  description = "How many times its stored size the content of a compressed file may be; it is refused if no such size is expected."
  type        = number
  default     = 30

  validation {
    condition     = var.max_compression_ratio >= 0
    error_message = "max_compression_ratio must not be negative."
  }
}

variable "date_pattern" {
  description = "Where the date of a file is: a pattern such as {date} (at the start of its name), {yyyy}/{mm}/{dd}/ or dt={date}/ over the key below input_prefix, modified, or a fixed date. It must not change while the input has files that were processed: another date would process them again."
  type        = string
  default     = "{date}"

  validation {
    condition     = var.date_pattern != ""
    error_message = "date_pattern must not be empty."
  }
}

variable "records_path" {
  description = "JSON pointer to the records in documents that may take many lines: /Records, or # for a file that is an array or an object; empty reads each line as a record (RECORDS_PATH). Glue converts no batch if it is set."
  type        = string
  default     = ""

  validation {
    condition     = can(regex("^($|#|/)", var.records_path))
    error_message = "records_path must be empty, a JSON pointer such as /Records, or #."
  }
}

variable "max_zstd_window_mb" {
  description = "Largest window of zstd data in MiB, and memory for it, up to 2048 (MAX_ZSTD_WINDOW_MB)."
  type        = number
  default     = 128
}

variable "date_timezone" {
  description = "Time zone in which a date begins and ends, as an IANA name such as Europe/Berlin."
  type        = string
  default     = "UTC"
}

variable "size_tolerance_percent" {
  description = "Accepted deviation from the expected size (SIZE_TOLERANCE_PERCENT)."
  type        = number
  default     = 10
}

variable "lock_ttl_seconds" {
  description = "Seconds after which the lock on a date expires (LOCK_TTL_SECONDS)."
  type        = number
  default     = 300
}

variable "max_batch_age_seconds" {
  description = "Longest time that a file of today waits for a full batch; 0 means until the day is over (MAX_BATCH_AGE_SECONDS)."
  type        = number
  default     = 0
}

variable "flush_grace_seconds" {
  description = "Seconds after midnight UTC before the previous date is flushed (FLUSH_GRACE_SECONDS)."
  type        = number
  default     = 300
}

variable "overwrite_policy" {
  description = "What to do with a new version of a file that was already claimed: quarantine, append or ignore (OVERWRITE_POLICY)."
  type        = string
  default     = "quarantine"

  validation {
    condition     = contains(["quarantine", "append", "ignore"], var.overwrite_policy)
    error_message = "The overwrite policy must be quarantine, append or ignore."
  }
}

variable "compression_type" {
  description = "Codec of the Parquet files: snappy, zstd, gzip or none (COMPRESSION_TYPE)."
  type        = string
  default     = "snappy"

  validation {
    condition     = contains(["snappy", "zstd", "gzip", "none", "uncompressed"], var.compression_type)
    error_message = "The codec must be snappy, zstd, gzip or none."
  }
}

variable "max_record_bytes" {
  description = "Longest record accepted, in bytes; longer ones are rejected (MAX_RECORD_BYTES)."
  type        = number
  default     = 16777216
}

variable "max_depth" {
  description = "Deepest nesting accepted; deeper records are rejected (MAX_DEPTH)."
  type        = number
  default     = 128

  validation {
    condition     = var.max_depth >= 1 && var.max_depth <= 400
    error_message = "The depth must be 1 to 400, the Glue job's own limit."
  }
}

variable "max_columns" {
  description = "Largest number of leaf columns; values of further ones are rescued (MAX_COLUMNS)."
  type        = number
  default     = 2000
}

variable "case_sensitive" {
  description = "Whether a key fills a column only if it has the exact name, not one that differs in case (CASE_SENSITIVE)."
  type        = bool
  default     = false
}

variable "max_rejected_percent" {
  description = "Percentage of rejected lines above which a file is quarantined as a whole (MAX_REJECTED_PERCENT)."
  type        = number
  default     = 100
}

variable "extra_environment_variables" {
  description = "Further environment variables of the functions; docs/DEPLOY.md lists them."
  type        = map(string)
  default     = {}
}

# --- Sizes ------------------------------------------------------------------------------------------------------------

variable "glue_min_batch_mb" {
  description = "Batches of at least this many MiB are converted by Glue, smaller ones by the converter function; 0 means never by Glue, 0.001 practically always (GLUE_MIN_BATCH_MB)."
  type        = number
  default     = 1024
}

variable "glue_timeout_minutes" {
  description = "Time limit of a run of the Glue job."
  type        = number
  default     = 120
}

variable "glue_max_concurrent_runs" {
  description = "Largest number of concurrent runs of the Glue job; the state machine waits for a free one."
  type        = number
  default     = 20
}

variable "lambda_architecture" {
  description = "arm64 or x86_64; the package must be built for it."
  type        = string
  default     = "arm64"

  validation {
    condition     = contains(["arm64", "x86_64"], var.lambda_architecture)
    error_message = "The architecture must be arm64 or x86_64."
  }
}

variable "lambda_package" {
  description = "Zip file with the functions' bootstrap, built by terraform/package."
  type        = string
  default     = "build/lambda.zip"
}

variable "glue_script" {
  description = "Script of the Glue job."
  type        = string
  default     = "../glue/glue_batch_job.py"
}

variable "glue_package" {
  description = "Zip file of the Python package that the Glue job's script imports, built by terraform/package."
  type        = string
  default     = "build/ndjson_batch.zip"
}

variable "lambda_max_concurrency" {
  description = "Largest number of manifest builders that read the queue concurrently. The concurrency alarm's threshold is 40."
  type        = number
  default     = 50
}

variable "converter_memory_size" {
  description = "Memory of the converter, in MB. 1,769 MB is one CPU."
  type        = number
  default     = 1769
}

variable "converter_ephemeral_storage_mb" {
  description = "Scratch space of the converter, in MB: room for a batch's Parquet and rejected records."
  type        = number
  default     = 4096
}

variable "sweep_schedule" {
  description = "How often pending dates are advanced and stale batches repaired."
  type        = string
  default     = "rate(5 minutes)"
}

variable "reconcile_schedule" {
  description = "How often the sweep also lists the input put within the last six hours, to find files whose event was lost. Names that begin with a date before yesterday are left to reconcile_all_schedule."
  type        = string
  default     = "rate(1 hour)"
}

variable "reconcile_all_schedule" {
  description = "How often the sweep lists the whole input and looks up every object in the ledger."
  type        = string
  default     = "rate(1 day)"
}

variable "log_retention_days" {
  description = "Days that the logs of functions and state machine are kept."
  type        = number
  default     = 14
}
