# The queue between the input bucket's events and the manifest builder.

locals {
  day = 24 * 60 * 60
}

resource "aws_sqs_queue" "events" {
  name = "${var.name_prefix}-file-events-${var.environment}"

  # Six times the function's time limit, as AWS recommends: a message must not become visible again while it is being
  # handled, or while Lambda retries a throttled invocation.
  visibility_timeout_seconds = 6 * var.consumer_timeout
  message_retention_seconds  = 14 * local.day
  receive_wait_time_seconds  = 20

  sqs_managed_sse_enabled = var.kms_key_arn == null ? true : null
  kms_master_key_id       = var.kms_key_arn

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead.arn
    maxReceiveCount     = 3
  })
}

resource "aws_sqs_queue" "dead" {
  name                      = "${var.name_prefix}-file-events-dlq-${var.environment}"
  message_retention_seconds = 14 * local.day

  sqs_managed_sse_enabled = var.kms_key_arn == null ? true : null
  kms_master_key_id       = var.kms_key_arn
}

resource "aws_sqs_queue_redrive_allow_policy" "dead" {
  queue_url = aws_sqs_queue.dead.id
  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [aws_sqs_queue.events.arn]
  })
}

resource "aws_sqs_queue_policy" "events" {
  queue_url = aws_sqs_queue.events.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "InputBucketSends"
        Effect    = "Allow"
        Principal = { Service = "s3.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = aws_sqs_queue.events.arn
        Condition = {
          ArnEquals    = { "aws:SourceArn" = var.input_bucket_arn }
          StringEquals = { "aws:SourceAccount" = var.account_id }
        }
      },
      local.tls_only[aws_sqs_queue.events.name],
    ]
  })
}

resource "aws_sqs_queue_policy" "dead" {
  queue_url = aws_sqs_queue.dead.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [local.tls_only[aws_sqs_queue.dead.name]]
  })
}

locals {
  tls_only = {
    for queue in [aws_sqs_queue.events, aws_sqs_queue.dead] : queue.name => {
      Sid       = "TLSOnly"
      Effect    = "Deny"
      Principal = "*"
      Action    = "sqs:*"
      Resource  = queue.arn
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }
  }
}
