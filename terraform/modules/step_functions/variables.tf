variable "state_machine_name" { type = string }
variable "partition" { type = string }
variable "role_arn" { type = string }

variable "kms_key_arn" {
  description = "Key that encrypts the logs, or null for CloudWatch's own."
  type        = string
}

variable "log_retention_days" { type = number }
variable "converter_function_arn" { type = string }
variable "settler_function_arn" { type = string }
variable "glue_job_name" { type = string }

variable "glue_min_batch_mb" {
  description = "Batches of at least this many MiB go to Glue; 0 means none."
  type        = number
}

variable "glue_timeout_minutes" { type = number }
variable "manifest_bucket" { type = string }
variable "output_bucket" { type = string }
variable "compression_type" { type = string }
variable "alert_topic_arn" { type = string }
