variable "name_prefix" { type = string }
variable "environment" { type = string }
variable "job_name" { type = string }
variable "role_arn" { type = string }

variable "kms_key_arn" {
  description = "Key that encrypts the job's logs, or null for CloudWatch's own."
  type        = string
}

variable "worker_type" { type = string }
variable "number_of_workers" { type = number }
variable "timeout_minutes" { type = number }
variable "max_concurrent_runs" { type = number }
variable "scripts_bucket" { type = string }
variable "manifest_bucket" { type = string }
variable "output_bucket" { type = string }
variable "quarantine_bucket" { type = string }

variable "bucket_owner" {
  description = "Account that every request to the buckets names."
  type        = string
}

variable "compression_type" { type = string }

variable "limits" {
  description = "Further arguments, without dashes: the limits of both engines."
  type        = map(string)
}

variable "script" {
  description = "Script of the job."
  type        = string
}

variable "package" {
  description = "Zip file of the Python package that the script imports."
  type        = string
}

variable "log_retention_days" { type = number }
