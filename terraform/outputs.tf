output "input_location" {
  description = "Put NDJSON files here, their names starting with a date."
  value       = "s3://${module.s3.bucket_names["input"]}/${var.input_prefix}"
}

output "bucket_names" {
  description = "Buckets by purpose: input, manifest, output, quarantine, scripts."
  value       = module.s3.bucket_names
}

output "queue_url" {
  description = "Queue of the input bucket's events."
  value       = module.sqs.queue_url
}

output "dlq_url" {
  description = "Queue of the events that failed three times."
  value       = module.sqs.dlq_url
}

output "tracking_table" {
  description = "The file-tracking table (ledger)."
  value       = module.dynamodb.tracking_table_name
}

output "metrics_table" {
  description = "The metrics table."
  value       = module.dynamodb.metrics_table_name
}

output "function_names" {
  description = "Functions by handler."
  value       = local.function_names
}

output "state_machine_arn" {
  description = "The workflow."
  value       = module.step_functions.state_machine_arn
}

output "alert_topic_arn" {
  description = "Topic of the alerts."
  value       = module.monitoring.alert_topic_arn
}

output "glue_job_name" {
  description = "The Spark job for large batches."
  value       = module.glue.job_name
}

output "athena_table" {
  description = "Where Athena finds the output."
  value       = "${module.glue.database_name}.${module.glue.table_name}"
}

output "dashboard_name" {
  description = "The CloudWatch dashboard."
  value       = module.monitoring.dashboard_name
}

output "operator_policy_arn" {
  description = "Policy for the users of the command line."
  value       = module.iam.operator_policy_arn
}
