# What each part may do: a role a part, the actions its code calls, on the resources it calls them on. The statements are
# named after what they are for, so that a function's policy reads as a list of what it does.

locals {
  region_account = "${var.region}:${var.account_id}"

  state_machine_arn = "arn:${var.partition}:states:${local.region_account}:stateMachine:${var.state_machine_name}"
  execution_arns    = "arn:${var.partition}:states:${local.region_account}:execution:${var.state_machine_name}:*"
  function_arns     = { for f, name in var.function_names : f => "arn:${var.partition}:lambda:${local.region_account}:function:${name}" }
  function_log_arns = { for f, name in var.function_names : f => "arn:${var.partition}:logs:${local.region_account}:log-group:/aws/lambda/${name}:*" }
  glue_job_arn      = "arn:${var.partition}:glue:${local.region_account}:job/${var.glue_job_name}"

  input_objects = "${var.bucket_arns["input"]}/${var.input_prefix}*"

  # Listing lets a read of a key that is not there answer "not found" instead of "denied".
  statements = {
    read_input = {
      Action   = ["s3:GetObject", "s3:GetObjectVersion", "s3:GetObjectTagging", "s3:GetObjectVersionTagging"]
      Resource = local.input_objects
    }
    list_input = {
      Action   = "s3:ListBucket"
      Resource = var.bucket_arns["input"]
    }
    remove_from_input = {
      Action   = "s3:DeleteObject"
      Resource = local.input_objects
    }
    write_manifests = {
      Action   = ["s3:GetObject", "s3:PutObject"]
      Resource = "${var.bucket_arns["manifest"]}/manifests/*"
    }
    list_manifests = {
      Action   = "s3:ListBucket"
      Resource = var.bucket_arns["manifest"]
    }
    read_commits = {
      Action   = "s3:GetObject"
      Resource = "${var.bucket_arns["output"]}/merged-parquet-*"
    }
    write_output = {
      Action   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
      Resource = ["${var.bucket_arns["output"]}/merged-parquet-*", "${var.bucket_arns["output"]}/_staging/*"]
    }
    list_output = {
      Action   = "s3:ListBucket"
      Resource = var.bucket_arns["output"]
    }
    quarantine_files = {
      Action   = ["s3:GetObject", "s3:PutObject", "s3:PutObjectTagging", "s3:AbortMultipartUpload"]
      Resource = "${var.bucket_arns["quarantine"]}/files/*"
    }
    read_released = {
      Action   = "s3:GetObject"
      Resource = "${var.bucket_arns["quarantine"]}/files/*"
    }
    write_rejected = {
      Action   = ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload"]
      Resource = "${var.bucket_arns["quarantine"]}/rejected/*"
    }
    list_quarantine = {
      Action   = "s3:ListBucket"
      Resource = var.bucket_arns["quarantine"]
    }
    ledger = {
      Action = [
        "dynamodb:BatchGetItem", "dynamodb:DeleteItem", "dynamodb:DescribeTable", "dynamodb:GetItem",
        "dynamodb:PutItem", "dynamodb:Query",
      ]
      Resource = [var.tracking_table_arn, "${var.tracking_table_arn}/index/*"]
    }
    metrics = {
      Action   = "dynamodb:UpdateItem"
      Resource = var.metrics_table_arn
    }
    start_executions = {
      Action   = "states:StartExecution"
      Resource = local.state_machine_arn
    }
    look_at_executions = {
      Action   = "states:DescribeExecution"
      Resource = local.execution_arns
    }
    alert = {
      Action   = "sns:Publish"
      Resource = var.alert_topic_arn
    }
    read_queue = {
      Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"]
      Resource = var.queue_arn
    }
  }

  kms_statement = var.enable_kms ? [{
    Sid      = "Key"
    Effect   = "Allow"
    Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
    Resource = aws_kms_key.this[0].arn
  }] : []
}
