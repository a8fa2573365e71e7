variable "name_prefix" { type = string }
variable "environment" { type = string }
variable "account_id" { type = string }

variable "kms_key_arn" {
  description = "Key that encrypts the messages, or null for SQS's own."
  type        = string
}

variable "input_bucket_arn" {
  description = "ARN of the bucket that may send its events."
  type        = string
}

variable "consumer_timeout" {
  description = "Time limit of the function that reads the queue, in seconds."
  type        = number
}
