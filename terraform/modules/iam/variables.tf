variable "name_prefix" { type = string }
variable "environment" { type = string }
variable "partition" { type = string }
variable "region" { type = string }
variable "account_id" { type = string }
variable "enable_kms" { type = bool }

variable "in_vpc" {
  description = "Whether the functions run in a VPC and need network interfaces."
  type        = bool
}

variable "input_prefix" { type = string }

variable "bucket_arns" {
  description = "Bucket ARNs by purpose: input, manifest, output, quarantine, scripts."
  type        = map(string)
}

variable "tracking_table_arn" { type = string }
variable "metrics_table_arn" { type = string }

variable "catalog_arns" {
  description = "The table over the output, its database and the catalog."
  type        = list(string)
}

variable "permissions_boundary" {
  description = "ARN of the policy that bounds every role; null: none."
  type        = string
}

variable "queue_arn" { type = string }
variable "dlq_arn" { type = string }
variable "alert_topic_arn" { type = string }
variable "state_machine_name" { type = string }

variable "function_names" {
  description = "Function names by handler."
  type        = map(string)
}

variable "glue_job_name" { type = string }
