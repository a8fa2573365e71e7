variable "function_names" {
  description = "Names by handler."
  type        = map(string)
}

variable "role_arns" {
  description = "Roles by handler."
  type        = map(string)
}

variable "package" {
  description = "The zip with bootstrap, for all functions."
  type        = string
}

variable "architecture" { type = string }

variable "kms_key_arn" {
  description = "Key that encrypts logs and environment; null: the services' own."
  type        = string
}

variable "log_retention_days" { type = number }
variable "subnet_ids" { type = list(string) }
variable "security_group_ids" { type = list(string) }
variable "queue_arn" { type = string }

variable "max_concurrency" {
  description = "Manifest builders that work on the queue at a time."
  type        = number
}

variable "sweep_schedule" { type = string }
variable "reconcile_schedule" { type = string }
variable "reconcile_all_schedule" { type = string }

variable "manifest_builder" {
  description = "Memory in MB, time limit in seconds."
  type        = object({ memory_size = number, timeout = number })
}

variable "converter" {
  description = "Memory and scratch space in MB."
  type        = object({ memory_size = number, ephemeral_storage = number })
}

variable "environment_variables" {
  description = "What every function is told."
  type        = map(string)
}
