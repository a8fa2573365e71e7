# Four functions from one package: the handler's name selects what bootstrap does.

locals {
  most_seconds = 900 # Lambda's limit

  functions = {
    manifest-builder = { memory_size = var.manifest_builder.memory_size, timeout = var.manifest_builder.timeout, ephemeral_storage = 512 }
    converter        = { memory_size = var.converter.memory_size, timeout = local.most_seconds, ephemeral_storage = var.converter.ephemeral_storage }
    settler          = { memory_size = 256, timeout = 300, ephemeral_storage = 512 }
    sweeper          = { memory_size = 512, timeout = local.most_seconds, ephemeral_storage = 512 }
  }
}

resource "aws_lambda_function" "this" {
  #checkov:skip=CKV_AWS_50:Tracing costs per invocation; logs carry the batch and the file in every line.
  #checkov:skip=CKV_AWS_115:The queue's mapping limits concurrency; a reservation would take it from the account's other functions.
  #checkov:skip=CKV_AWS_116:Failed events return to SQS and end in its dead-letter queue; the state machine catches the rest.
  #checkov:skip=CKV_AWS_117:The functions need no private network; vpc_subnet_ids puts them into one.
  #checkov:skip=CKV_AWS_173:The variables hold no secret.
  #checkov:skip=CKV_AWS_272:The package is built where it is deployed; code signing is the account's choice.
  for_each = local.functions

  function_name    = var.function_names[each.key]
  description      = "NDJSON to Parquet: ${each.key}"
  role             = var.role_arns[each.key]
  runtime          = "provided.al2023"
  handler          = each.key
  architectures    = [var.architecture]
  filename         = var.package
  source_code_hash = filebase64sha256(var.package)
  publish          = true # the state machine calls versions: an execution keeps to one build
  memory_size      = each.value.memory_size
  timeout          = each.value.timeout
  kms_key_arn      = var.kms_key_arn

  ephemeral_storage {
    size = each.value.ephemeral_storage
  }

  environment {
    variables = var.environment_variables
  }

  logging_config {
    # The functions write JSON themselves.
    log_format = "Text"
    log_group  = aws_cloudwatch_log_group.this[each.key].name
  }

  dynamic "vpc_config" {
    for_each = length(var.subnet_ids) > 0 ? ["vpc"] : []

    content {
      subnet_ids         = var.subnet_ids
      security_group_ids = var.security_group_ids
    }
  }
}

resource "aws_cloudwatch_log_group" "this" {
  #checkov:skip=CKV_AWS_338:The design specifies 14 days (docs/DESIGN.md); log_retention_days changes it.
  #checkov:skip=CKV_AWS_158:Encrypted with CloudWatch's key, or with a customer-managed one where enable_kms is set.
  for_each = local.functions

  name              = "/aws/lambda/${var.function_names[each.key]}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}

resource "aws_lambda_event_source_mapping" "events" {
  event_source_arn = var.queue_arn
  function_name    = aws_lambda_function.this["manifest-builder"].arn
  batch_size       = 10
  # Only the messages that failed return to the queue.
  function_response_types = ["ReportBatchItemFailures"]

  scaling_config {
    maximum_concurrency = var.max_concurrency
  }
}
