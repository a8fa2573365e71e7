variable "name_prefix" { type = string }
variable "environment" { type = string }
variable "account_id" { type = string }

variable "kms_key_arn" {
  description = "Key that encrypts the objects, or null for S3's own."
  type        = string
}

variable "input_prefix" { type = string }

variable "queue_arn" {
  description = "ARN of the queue for the input bucket's events; its policy must allow S3 to send."
  type        = string
}

variable "input_retention_days" { type = number }
variable "quarantine_retention_days" { type = number }
variable "force_destroy" { type = bool }
