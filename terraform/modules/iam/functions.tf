# One role for each function.

locals {
  # What each function does, by the names of the statements in main.tf.
  function_statements = {
    manifest-builder = [
      "receive_events", "read_input", "list_input", "copy_input_tags", "remove_from_input", "quarantine_files", "ledger", "pending_files",
      "write_manifests", "list_manifests", "start_executions", "metrics",
    ]
    converter = [
      "read_input", "list_input", "read_quarantined", "list_quarantine", "read_manifests", "extend_schema", "list_manifests", "publish",
      "list_output", "write_rejected",
    ]
    settler = [
      "read_commits", "list_output", "read_input", "list_input", "copy_input_tags", "tag_input", "remove_from_input", "quarantine_files",
      "settle", "read_schema", "list_manifests", "follow_schema", "alert", "metrics",
    ]
    sweeper = [
      "read_input", "list_input", "copy_input_tags", "tag_input", "remove_from_input", "quarantine_files", "ledger", "pending_files", "live_batches",
      "write_manifests", "list_manifests", "read_commits", "list_output", "start_executions", "look_at_executions", "alert", "metrics",
    ]
  }
}

resource "aws_iam_role" "function" {
  for_each = local.function_statements

  name                 = var.function_names[each.key]
  permissions_boundary = var.permissions_boundary
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy" "function" {
  for_each = local.function_statements

  name = "work"
  role = aws_iam_role.function[each.key].id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [{
        Sid      = "Logs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = local.function_log_arns[each.key]
      }],
      [for name in each.value : local.named_statements[name]],
      local.kms_statement,
    )
  })
}

# Network interfaces cannot be restricted by resource; AWS's own policy is the one it documents for functions in a VPC.
resource "aws_iam_role_policy_attachment" "network" {
  for_each = var.in_vpc ? local.function_statements : {}

  role       = aws_iam_role.function[each.key].name
  policy_arn = "arn:${var.partition}:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole"
}
