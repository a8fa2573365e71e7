output "input_location" {
  description = "Where to put NDJSON files, named by their date."
  value       = "s3://${module.s3.bucket_names["input"]}/${var.input_prefix}"
}

output "bucket_names" {
  description = "Bucket names by purpose: input, manifest, output, quarantine, scripts."
  value       = module.s3.bucket_names
}

output "queue_url" {
  description = "URL of the queue of the input bucket's events."
  value       = module.sqs.queue_url
}

output "dlq_url" {
  description = "URL of the dead-letter queue."
  value       = module.sqs.dlq_url
}

output "tracking_table" {
  description = "Name of the file-tracking table (the ledger)."
  value       = module.dynamodb.tracking_table_name
}

output "metrics_table" {
  description = "Name of the metrics table."
  value       = module.dynamodb.metrics_table_name
}

output "function_names" {
  description = "Function names by handler."
  value       = local.function_names
}

output "state_machine_arn" {
  description = "ARN of the state machine."
  value       = module.step_functions.state_machine_arn
}

output "alert_topic_arn" {
  description = "ARN of the alert topic."
  value       = module.monitoring.alert_topic_arn
}

output "glue_job_name" {
  description = "Name of the Glue job."
  value       = module.glue.job_name
}

output "athena_table" {
  description = "Database and table of the output, for Athena."
  value       = "${module.glue.database_name}.${module.glue.table_name}"
}

output "dashboard_name" {
  description = "Name of the CloudWatch dashboard."
  value       = module.monitoring.dashboard_name
}

output "operator_policy_arn" {
  description = "Policy for the users of the command line."
  value       = module.iam.operator_policy_arn
}
