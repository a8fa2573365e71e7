output "function_arns" {
  description = "ARNs by handler."
  value       = { for handler, function in aws_lambda_function.this : handler => function.arn }
}

output "environment_variables" {
  description = "What every function is told."
  value       = var.environment_variables
}
