resource "aws_iam_role" "state_machine" {
  name                 = var.state_machine_name
  permissions_boundary = var.permissions_boundary
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "states.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = {
        ArnEquals    = { "aws:SourceArn" = local.state_machine_arn }
        StringEquals = { "aws:SourceAccount" = var.account_id }
      }
    }]
  })
}

resource "aws_iam_role_policy" "state_machine" {
  name = "work"
  role = aws_iam_role.state_machine.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          Sid      = "Convert"
          Effect   = "Allow"
          Action   = "lambda:InvokeFunction"
          Resource = ["${local.function_arns["converter"]}:*", "${local.function_arns["settler"]}:*"] # the version of the definition
        },
        {
          Sid      = "ConvertWithGlue"
          Effect   = "Allow"
          Action   = ["glue:StartJobRun", "glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun"]
          Resource = local.glue_job_arn
        },
        {
          Sid      = "Alert"
          Effect   = "Allow"
          Action   = "sns:Publish"
          Resource = var.alert_topic_arn
        },
      ],
      local.kms_statement,
    )
  })
}

# Step Functions checks these before it logs to CloudWatch. None can be restricted to a resource: the service
# authorization reference of CloudWatch Logs lists no resource type for them. They write no log events.
resource "aws_iam_role_policy" "state_machine_logs" {
  #checkov:skip=CKV_AWS_290:These actions have no resource.
  #checkov:skip=CKV_AWS_355:These actions have no resource.
  #checkov:skip=CKV_AWS_289:These actions have no resource.
  name = "log-delivery"
  role = aws_iam_role.state_machine.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid    = "LogDelivery"
      Effect = "Allow"
      Action = [
        "logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery", "logs:ListLogDeliveries",
        "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups",
      ]
      Resource = "*"
    }]
  })
}
