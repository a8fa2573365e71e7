# What a user of the command line needs for all its commands against this environment. Attach it to the users or roles of the
# operators; docs/SECURITY.md describes it.
resource "aws_iam_policy" "operator" {
  name        = "${var.name_prefix}-operator-${var.environment}"
  description = "Use ndjson-parquet --root aws:${var.environment}"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [for name in [
        "read_settings", "describe_ledger", "ledger", "pending_files", "live_batches", "read_input", "list_input", "copy_input_tags",
        "remove_from_input", "write_manifests", "read_schema", "list_manifests", "read_output", "list_output", "quarantine_files",
        "read_quarantined", "read_rejected", "list_quarantine", "start_executions", "find_queues", "redrive",
      ] : local.named_statements[name]],
      [{
        Sid      = "FindMappings"
        Effect   = "Allow"
        Action   = "lambda:ListEventSourceMappings" # takes no resource
        Resource = "*"
      }],
      local.kms_statement,
    )
  })
  #checkov:skip=CKV_AWS_355:ListEventSourceMappings takes no resource.
}
