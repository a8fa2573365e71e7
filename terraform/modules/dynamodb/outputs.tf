output "tracking_table_name" {
  value = aws_dynamodb_table.tracking.name
}

output "tracking_table_arn" {
  value = aws_dynamodb_table.tracking.arn
}

output "metrics_table_name" {
  value = aws_dynamodb_table.metrics.name
}

output "metrics_table_arn" {
  value = aws_dynamodb_table.metrics.arn
}
