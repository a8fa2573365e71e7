variable "function_names" {
  description = "Function names by handler."
  type        = map(string)
}

variable "role_arns" {
  description = "Role ARNs by handler."
  type        = map(string)
}

variable "package" {
  description = "Zip file with bootstrap, for all functions."
  type        = string
}

variable "architecture" { type = string }

variable "kms_key_arn" {
  description = "Key that encrypts logs and environment, or null for the services' own."
  type        = string
}

variable "log_retention_days" { type = number }
variable "subnet_ids" { type = list(string) }
variable "security_group_ids" { type = list(string) }
variable "queue_arn" { type = string }

variable "max_concurrency" {
  description = "Largest number of manifest builders that read the queue concurrently."
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
  description = "Environment variables of all functions."
  type        = map(string)
}
