# The tables, the queues and the buckets.

run "ledger_table_has_the_documented_keys" {
  module {
    source = "./modules/dynamodb"
  }

  variables {
    name_prefix        = "ndjson-parquet"
    environment        = "dev"
    kms_key_arn        = null
    billing_mode       = "PROVISIONED"
    read_capacity      = 5
    write_capacity     = 25
    max_read_capacity  = 1000
    max_write_capacity = 1000
    enable_autoscaling = true
    force_destroy      = false
  }

  assert {
    condition = (aws_dynamodb_table.tracking.name == "ndjson-parquet-file-tracking-dev" && aws_dynamodb_table.tracking.hash_key == "date_prefix" && aws_dynamodb_table.tracking.range_key == "file_key"
      && { for i in aws_dynamodb_table.tracking.global_secondary_index : i.name => [i.hash_key, i.range_key, i.projection_type] } == {
        pending-index = ["pending_date", "created_at", "ALL"]
        live-index    = ["live", "updated_at", "KEYS_ONLY"]
    })
    error_message = "The file-tracking table's keys or index differ from docs/FORMATS.md."
  }

  assert {
    condition = (aws_dynamodb_table.metrics.hash_key == "metric_type" && aws_dynamodb_table.metrics.range_key == "timestamp"
    && { for a in aws_dynamodb_table.metrics.attribute : a.name => a.type } == { metric_type = "S", timestamp = "N" })
    error_message = "The metrics table's keys differ from docs/DESIGN.md."
  }

  assert {
    condition     = alltrue([for t in [aws_dynamodb_table.tracking, aws_dynamodb_table.metrics] : t.billing_mode == "PROVISIONED" && t.ttl[0].enabled && t.ttl[0].attribute_name == "ttl" && t.point_in_time_recovery[0].enabled && t.deletion_protection_enabled])
    error_message = "A table lacks its TTL, recovery or protection."
  }

  assert {
    condition     = aws_dynamodb_table.tracking.read_capacity == 5 && aws_dynamodb_table.tracking.write_capacity == 25 && aws_dynamodb_table.metrics.write_capacity == 5
    error_message = "A table has another capacity."
  }

  assert {
    condition     = length(aws_appautoscaling_target.this) == 2 * (2 + length(aws_dynamodb_table.tracking.global_secondary_index)) && alltrue([for t in aws_appautoscaling_target.this : t.max_capacity > t.min_capacity])
    error_message = "Something is not scaled."
  }
}

run "without_autoscaling_capacity_stays" {
  module {
    source = "./modules/dynamodb"
  }

  variables {
    name_prefix        = "ndjson-parquet"
    environment        = "dev"
    kms_key_arn        = null
    billing_mode       = "PROVISIONED"
    read_capacity      = 7
    write_capacity     = 9
    max_read_capacity  = 1000
    max_write_capacity = 1000
    enable_autoscaling = false
    force_destroy      = true
  }

  assert {
    condition     = alltrue([for t in aws_appautoscaling_target.this : t.min_capacity == t.max_capacity]) && aws_appautoscaling_target.this["tracking-read"].min_capacity == 7 && aws_appautoscaling_target.this["pending-index-write"].min_capacity == 9
    error_message = "The capacity may change although autoscaling is off."
  }
}

run "queue_outlasts_the_function_and_gives_up_after_three" {
  module {
    source = "./modules/sqs"
  }

  variables {
    name_prefix      = "ndjson-parquet"
    environment      = "dev"
    account_id       = "123456789012"
    kms_key_arn      = null
    input_bucket_arn = "arn:aws:s3:::input"
    consumer_timeout = 60
  }

  assert {
    condition     = aws_sqs_queue.events.visibility_timeout_seconds >= 6 * 60
    error_message = "A message may come back while it is being worked on."
  }

  assert {
    condition     = jsondecode(aws_sqs_queue.events.redrive_policy) == { deadLetterTargetArn = aws_sqs_queue.dead.arn, maxReceiveCount = 3 }
    error_message = "Messages do not go to the dead-letter queue after three receives."
  }

  assert {
    condition     = jsondecode(aws_sqs_queue_policy.events.policy).Statement[0].Condition.ArnEquals["aws:SourceArn"] == "arn:aws:s3:::input" && aws_sqs_queue.events.sqs_managed_sse_enabled && aws_sqs_queue.dead.sqs_managed_sse_enabled
    error_message = "The queue takes events from elsewhere, or keeps them in the clear."
  }
}

run "buckets_are_closed_encrypted_and_forget" {
  module {
    source = "./modules/s3"
  }

  variables {
    name_prefix               = "ndjson-parquet"
    environment               = "dev"
    account_id                = "123456789012"
    kms_key_arn               = null
    input_prefix              = "pipeline/input/"
    queue_arn                 = "arn:aws:sqs:us-east-1:123456789012:queue"
    input_retention_days      = 60
    quarantine_retention_days = 365
    force_destroy             = false
  }

  assert {
    condition     = alltrue([for purpose in ["input", "manifest", "output", "quarantine", "scripts"] : aws_s3_bucket.this[purpose].bucket == "ndjson-parquet-${purpose}-dev-123456789012"])
    error_message = "A bucket is missing, or named otherwise."
  }

  assert {
    condition     = alltrue([for b in aws_s3_bucket_public_access_block.this : b.block_public_acls && b.block_public_policy && b.ignore_public_acls && b.restrict_public_buckets]) && length(aws_s3_bucket_public_access_block.this) == 5
    error_message = "A bucket can be made public."
  }

  assert {
    condition     = alltrue([for purpose, p in aws_s3_bucket_policy.this : jsondecode(p.policy).Statement[0] == { Sid = "TLSOnly", Effect = "Deny", Principal = "*", Action = "s3:*", Resource = [aws_s3_bucket.this[purpose].arn, "${aws_s3_bucket.this[purpose].arn}/*"], Condition = { Bool = { "aws:SecureTransport" = "false" } } }]) && length(aws_s3_bucket_policy.this) == 5
    error_message = "A bucket answers without TLS."
  }

  assert {
    condition     = alltrue([for e in aws_s3_bucket_server_side_encryption_configuration.this : one(e.rule).apply_server_side_encryption_by_default[0].sse_algorithm == "AES256"])
    error_message = "A bucket is not encrypted."
  }

  assert {
    condition     = [for r in aws_s3_bucket_lifecycle_configuration.this["input"].rule : [r.id, r.expiration[0].days, r.filter[0].tag[0].key, r.filter[0].tag[0].value] if try(r.expiration[0].days > 0, false)] == [["processed", 60, "ndjson-parquet", "processed"]]
    error_message = "Input that is not tagged as processed expires, or processed input does so after another time than input_retention_days."
  }

  assert {
    condition     = { for r in aws_s3_bucket_lifecycle_configuration.this["input"].rule : r.id => r.noncurrent_version_expiration[0].noncurrent_days } == { leftovers = var.quarantine_retention_days, processed = 7 }
    error_message = "A replaced version of the input whose records may not be published is not kept like a quarantined file."
  }

  assert {
    condition     = one(aws_s3_bucket_notification.input.queue).filter_prefix == "pipeline/input/" && one(aws_s3_bucket_notification.input.queue).events == toset(["s3:ObjectCreated:*"])
    error_message = "The queue is not told of every arrival."
  }
}

run "kms_key_encrypts_buckets" {
  module {
    source = "./modules/s3"
  }

  variables {
    name_prefix               = "ndjson-parquet"
    environment               = "dev"
    account_id                = "123456789012"
    kms_key_arn               = "arn:aws:kms:us-east-1:123456789012:key/k"
    input_prefix              = "pipeline/input/"
    queue_arn                 = "arn:aws:sqs:us-east-1:123456789012:queue"
    input_retention_days      = 60
    quarantine_retention_days = 365
    force_destroy             = false
  }

  assert {
    condition     = alltrue([for e in aws_s3_bucket_server_side_encryption_configuration.this : one(e.rule).bucket_key_enabled && one(e.rule).apply_server_side_encryption_by_default[0].kms_master_key_id == "arn:aws:kms:us-east-1:123456789012:key/k"])
    error_message = "A bucket does not use the key."
  }
}
