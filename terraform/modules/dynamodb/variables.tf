variable "name_prefix" { type = string }
variable "environment" { type = string }

variable "kms_key_arn" {
  description = "Key that encrypts the tables, or null for DynamoDB's own."
  type        = string
}

variable "billing_mode" {
  description = "PROVISIONED, with the capacities below, or PAY_PER_REQUEST."
  type        = string
}

variable "read_capacity" {
  description = "Read capacity units; the minimum with autoscaling."
  type        = number
}

variable "write_capacity" {
  description = "Write capacity units; the minimum with autoscaling."
  type        = number
}

variable "enable_autoscaling" { type = bool }

variable "max_read_capacity" {
  description = "Maximum read capacity units that autoscaling may set."
  type        = number
}

variable "max_write_capacity" {
  description = "Maximum write capacity units that autoscaling may set. A partition has at most 1,000, and all files of a date are in one partition of the index."
  type        = number
}

variable "force_destroy" { type = bool }
