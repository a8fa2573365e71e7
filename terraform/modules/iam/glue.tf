resource "aws_iam_role" "glue" {
  name                 = var.glue_job_name
  permissions_boundary = var.permissions_boundary
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "glue.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = var.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "glue" {
  name = "work"
  role = aws_iam_role.glue.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [for name in [
        "read_input", "list_input", "read_quarantined", "list_quarantine", "read_manifests", "extend_schema", "list_manifests",
        "publish_from_staging", "list_output", "write_rejected",
      ] : local.named_statements[name]],
      [
        {
          Sid      = "Scripts"
          Effect   = "Allow"
          Action   = "s3:GetObject"
          Resource = "${var.bucket_arns["scripts"]}/glue/*"
        },
        {
          Sid      = "Logs"
          Effect   = "Allow"
          Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
          Resource = "arn:${var.partition}:logs:${local.region_account}:log-group:/aws-glue/jobs/${var.glue_job_name}/*"
        },
      ],
      local.kms_statement,
    )
  })
}

# The job's task metrics, for the alarm and the dashboard. PutMetricData has no resource, so the namespace restricts it.
resource "aws_iam_role_policy" "glue_metrics" {
  #checkov:skip=CKV_AWS_290:The action has no resource; the condition restricts it to one namespace.
  #checkov:skip=CKV_AWS_355:The action has no resource; the condition restricts it to one namespace.
  name = "metrics"
  role = aws_iam_role.glue.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "Metrics"
      Effect    = "Allow"
      Action    = "cloudwatch:PutMetricData"
      Resource  = "*"
      Condition = { StringEquals = { "cloudwatch:namespace" = "Glue" } }
    }]
  })
}
