output "function_arns" {
  description = "ARNs by handler."
  value       = { for handler, function in aws_lambda_function.this : handler => function.arn }
}
