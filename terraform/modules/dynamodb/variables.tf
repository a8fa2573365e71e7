variable "name_prefix" { type = string }
variable "environment" { type = string }

variable "kms_key_arn" {
  description = "Key that encrypts the tables; null: DynamoDB's own."
  type        = string
}

variable "billing_mode" {
  description = "PROVISIONED or PAY_PER_REQUEST; the capacities below count for the former."
  type        = string
}

variable "read_capacity" {
  description = "Read capacity units; with autoscaling, the least."
  type        = number
}

variable "write_capacity" {
  description = "Write capacity units; with autoscaling, the least."
  type        = number
}

variable "enable_autoscaling" { type = bool }

variable "max_read_capacity" {
  description = "Most read capacity units autoscaling may set."
  type        = number
}

variable "max_write_capacity" {
  description = "Most write capacity units autoscaling may set. One partition takes 1,000; all files of a date share the index's partition of that date."
  type        = number
}

variable "force_destroy" { type = bool }
