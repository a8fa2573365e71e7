# What each part may do: a role for each, the actions its code calls, on the resources it calls them on. A statement is named
# after its purpose, so that a role's policy reads as a list of what the role does. docs/PERMISSIONS.md lists all of them; the
# end-to-end tests judge every request by these policies and compare what was granted with what was used.

locals {
  region_account = "${var.region}:${var.account_id}"

  state_machine_arn = "arn:${var.partition}:states:${local.region_account}:stateMachine:${var.state_machine_name}"
  execution_arns    = "arn:${var.partition}:states:${local.region_account}:execution:${var.state_machine_name}:*"
  function_arns     = { for f, name in var.function_names : f => "arn:${var.partition}:lambda:${local.region_account}:function:${name}" }
  function_log_arns = { for f, name in var.function_names : f => "arn:${var.partition}:logs:${local.region_account}:log-group:/aws/lambda/${name}:*" }
  glue_job_arn      = "arn:${var.partition}:glue:${local.region_account}:job/${var.glue_job_name}"

  input_objects       = "${var.bucket_arns["input"]}/${var.input_prefix}*"
  manifest_objects    = "${var.bucket_arns["manifest"]}/manifests/*/batch-*"
  schema_objects      = "${var.bucket_arns["manifest"]}/manifests/_schema/*"
  output_objects      = "${var.bucket_arns["output"]}/merged-parquet-*"
  quarantined_objects = "${var.bucket_arns["quarantine"]}/files/*"

  # All buckets keep versions, and a reader that goes on after its first request asks for the version that it began with:
  # GetObjectVersion comes with every GetObject. ListBucket makes S3 answer "not found" instead of "denied" for a missing key.
  read = ["s3:GetObject", "s3:GetObjectVersion"]

  statements = {
    read_input = {
      Action   = local.read
      Resource = local.input_objects
    }
    list_input = {
      Action   = "s3:ListBucket"
      Resource = var.bucket_arns["input"]
    }
    # A copy takes the tags along that a producer has given the object.
    copy_input_tags = {
      Action   = ["s3:GetObjectTagging", "s3:GetObjectVersionTagging"]
      Resource = local.input_objects
    }
    tag_input = {
      Action   = ["s3:PutObjectTagging", "s3:PutObjectVersionTagging"]
      Resource = local.input_objects
    }
    remove_from_input = {
      Action   = "s3:DeleteObject"
      Resource = local.input_objects
    }
    write_manifests = {
      Action   = concat(local.read, ["s3:PutObject"])
      Resource = local.manifest_objects
    }
    read_manifests = {
      Action   = local.read
      Resource = local.manifest_objects
    }
    extend_schema = {
      Action   = concat(local.read, ["s3:PutObject"])
      Resource = local.schema_objects
    }
    read_schema = {
      Action   = local.read
      Resource = local.schema_objects
    }
    list_manifests = {
      Action   = "s3:ListBucket"
      Resource = var.bucket_arns["manifest"]
    }
    read_commits = {
      Action   = local.read
      Resource = "${local.output_objects}/_commits/*"
    }
    read_output = {
      Action   = local.read
      Resource = local.output_objects
    }
    publish = {
      Action   = concat(local.read, ["s3:PutObject", "s3:AbortMultipartUpload"])
      Resource = local.output_objects
    }
    # Spark writes its parts to staging, copies them to their places, and removes what it staged.
    publish_from_staging = {
      Action   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload"]
      Resource = [local.output_objects, "${var.bucket_arns["output"]}/_staging/*"]
    }
    list_output = {
      Action   = "s3:ListBucket"
      Resource = var.bucket_arns["output"]
    }
    quarantine_files = {
      Action   = ["s3:PutObject", "s3:PutObjectTagging", "s3:AbortMultipartUpload"]
      Resource = local.quarantined_objects
    }
    read_quarantined = {
      Action   = local.read
      Resource = local.quarantined_objects
    }
    write_rejected = {
      Action   = ["s3:PutObject", "s3:AbortMultipartUpload"]
      Resource = "${var.bucket_arns["quarantine"]}/rejected/*"
    }
    read_rejected = {
      Action   = local.read
      Resource = "${var.bucket_arns["quarantine"]}/rejected/*"
    }
    list_quarantine = {
      Action   = "s3:ListBucket"
      Resource = var.bucket_arns["quarantine"]
    }
    ledger = {
      Action   = ["dynamodb:BatchGetItem", "dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"]
      Resource = var.tracking_table_arn
    }
    settle = {
      Action   = ["dynamodb:BatchGetItem", "dynamodb:GetItem", "dynamodb:PutItem"]
      Resource = var.tracking_table_arn
    }
    pending_files = {
      Action   = "dynamodb:Query"
      Resource = "${var.tracking_table_arn}/index/pending-index"
    }
    live_batches = {
      Action   = "dynamodb:Query"
      Resource = "${var.tracking_table_arn}/index/live-index"
    }
    describe_ledger = {
      Action   = "dynamodb:DescribeTable"
      Resource = var.tracking_table_arn
    }
    follow_schema = {
      Action   = ["glue:GetTable", "glue:UpdateTable"]
      Resource = var.catalog_arns
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
    receive_events = {
      Action   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
      Resource = var.queue_arn
    }
    find_queues = {
      Action   = ["sqs:GetQueueUrl", "sqs:GetQueueAttributes"]
      Resource = var.queue_arn
    }
    redrive = {
      Action   = ["sqs:GetQueueUrl", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"]
      Resource = var.dlq_arn
    }
    read_settings = {
      Action   = "lambda:GetFunctionConfiguration"
      Resource = local.function_arns["manifest-builder"]
    }
  }

  kms_statement = var.enable_kms ? [{
    Sid      = "Key"
    Effect   = "Allow"
    Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
    Resource = aws_kms_key.this[0].arn
  }] : []
}

locals {
  # statements by name, as a policy has them.
  named_statements = {
    for name, statement in local.statements : name => merge(statement, {
      Sid    = replace(title(replace(name, "_", " ")), " ", "")
      Effect = "Allow"
    })
  }
}
