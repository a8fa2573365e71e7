variable "name_prefix" { type = string }
variable "environment" { type = string }
variable "account_id" { type = string }

variable "kms_key_arn" {
  description = "Key that encrypts the objects; null: S3's own."
  type        = string
}

variable "input_prefix" { type = string }

variable "queue_arn" {
  description = "Queue that gets the input bucket's events; its policy must be in place."
  type        = string
}

variable "input_retention_days" { type = number }
variable "quarantine_retention_days" { type = number }
variable "force_destroy" { type = bool }
