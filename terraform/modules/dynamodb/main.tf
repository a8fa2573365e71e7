# The ledger and the metrics table. docs/FORMATS.md describes attributes, keys and indexes.

locals {
  # The ledger's sparse indexes: a row is in an index only while it has the index's hash attribute.
  indexes = {
    # The pending files of each date, oldest first.
    pending-index = { hash_key = "pending_date", range_key = "created_at", projection_type = "ALL", capacity = local.per_file }
    # The batches that have not ended, least recently updated first.
    live-index = { hash_key = "live", range_key = "updated_at", projection_type = "KEYS_ONLY", capacity = local.per_batch }
  }

  # Writes for each batch need less capacity than writes for each file. On-demand tables have no capacity.
  provisioned = var.billing_mode == "PROVISIONED"
  per_file    = { read = var.read_capacity, write = var.write_capacity }
  per_batch   = { read = ceil(var.read_capacity / 5), write = ceil(var.write_capacity / 5) }
}

resource "aws_dynamodb_table" "tracking" {
  #checkov:skip=CKV_AWS_119:Encrypted with DynamoDB's key, or with a customer-managed one where enable_kms is set.
  #checkov:skip=CKV2_AWS_16:autoscaling.tf scales the table; the scan does not follow for_each.
  name           = "${var.name_prefix}-file-tracking-${var.environment}"
  billing_mode   = var.billing_mode
  read_capacity  = local.provisioned ? local.per_file.read : null
  write_capacity = local.provisioned ? local.per_file.write : null
  hash_key       = "date_prefix"
  range_key      = "file_key"

  deletion_protection_enabled = !var.force_destroy

  dynamic "attribute" {
    for_each = toset(concat(["date_prefix", "file_key"], flatten([for i in local.indexes : [i.hash_key, i.range_key]])))

    content {
      name = attribute.value
      type = "S"
    }
  }

  dynamic "global_secondary_index" {
    for_each = local.indexes

    content {
      name            = global_secondary_index.key
      hash_key        = global_secondary_index.value.hash_key
      range_key       = global_secondary_index.value.range_key
      projection_type = global_secondary_index.value.projection_type
      read_capacity   = local.provisioned ? global_secondary_index.value.capacity.read : null
      write_capacity  = local.provisioned ? global_secondary_index.value.capacity.write : null
    }
  }

  ttl {
    attribute_name = "ttl"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = var.kms_key_arn != null
    kms_key_arn = var.kms_key_arn
  }

  lifecycle {
    # Autoscaling changes the capacity of the existing table. An index's capacity cannot be ignored without ignoring the
    # index, so changing an index takes the steps under "Upgrade" in docs/DEPLOY.md.
    ignore_changes = [read_capacity, write_capacity, global_secondary_index]
  }
}

resource "aws_dynamodb_table" "metrics" {
  #checkov:skip=CKV_AWS_119:Encrypted with DynamoDB's key, or with a customer-managed one where enable_kms is set.
  #checkov:skip=CKV2_AWS_16:autoscaling.tf scales the table; the scan does not follow for_each.
  name           = "${var.name_prefix}-metrics-${var.environment}"
  billing_mode   = var.billing_mode
  read_capacity  = local.provisioned ? local.per_batch.read : null
  write_capacity = local.provisioned ? local.per_batch.write : null
  hash_key       = "metric_type"
  range_key      = "timestamp"

  deletion_protection_enabled = !var.force_destroy

  attribute {
    name = "metric_type"
    type = "S"
  }

  attribute {
    name = "timestamp"
    type = "N"
  }

  ttl {
    attribute_name = "ttl"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = var.kms_key_arn != null
    kms_key_arn = var.kms_key_arn
  }

  lifecycle {
    ignore_changes = [read_capacity, write_capacity]
  }
}
