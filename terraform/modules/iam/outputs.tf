output "function_role_arns" {
  description = "Role ARNs by handler."
  value       = { for handler, role in aws_iam_role.function : handler => role.arn }
  # A function must not start before its role has its policies.
  depends_on = [aws_iam_role_policy.function, aws_iam_role_policy_attachment.network]
}

output "state_machine_role_arn" {
  value      = aws_iam_role.state_machine.arn
  depends_on = [aws_iam_role_policy.state_machine, aws_iam_role_policy.state_machine_logs]
}

output "glue_role_arn" {
  value      = aws_iam_role.glue.arn
  depends_on = [aws_iam_role_policy.glue, aws_iam_role_policy.glue_metrics]
}

output "operator_policy_arn" {
  description = "What a user of the command line needs."
  value       = aws_iam_policy.operator.arn
}

output "kms_key_arn" {
  description = "ARN of the key, or null without enable_kms."
  value       = var.enable_kms ? aws_kms_key.this[0].arn : null
}

output "boundaries" {
  description = "The permissions boundary of each role."
  value       = concat([for role in aws_iam_role.function : role.permissions_boundary], [aws_iam_role.state_machine.permissions_boundary, aws_iam_role.glue.permissions_boundary])
}
