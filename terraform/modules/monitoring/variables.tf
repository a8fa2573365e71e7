variable "name_prefix" { type = string }
variable "environment" { type = string }
variable "region" { type = string }
variable "account_id" { type = string }
variable "alert_topic_name" { type = string }
variable "alert_emails" { type = list(string) }

variable "kms_key_arn" {
  description = "Key that encrypts the alerts, or null for SNS's own disk encryption."
  type        = string
}

variable "function_names" {
  description = "Function names by handler."
  type        = map(string)
}

variable "tracking_table_name" { type = string }
variable "glue_job_name" { type = string }
variable "state_machine_name" { type = string }
variable "state_machine_arn" { type = string }
variable "queue_name" { type = string }
variable "dlq_name" { type = string }
