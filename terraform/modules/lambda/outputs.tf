output "function_arns" {
  description = "Function ARNs by handler."
  value       = { for handler, function in aws_lambda_function.this : handler => function.arn }
}

output "environment_variables" {
  description = "Environment variables of all functions."
  value       = var.environment_variables
}

output "version_arns" {
  description = "ARNs of the functions' published versions by handler."
  value       = { for handler, function in aws_lambda_function.this : handler => function.qualified_arn }
}
