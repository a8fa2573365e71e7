# How long the buckets keep what. Input expires only with the tag that the settler gives a file whose records are published: pending,
# failed and quarantined files are kept until somebody decides. Tagged input is never kept longer than the ledger's rows, since the
# sweep would admit again a file whose row has expired.

locals {
  expiry = {
    # Whole-bucket expiry in days; null: none.
    input      = null
    manifest   = null
    output     = null
    quarantine = var.quarantine_retention_days
    scripts    = null
  }

  # A version that was replaced or deleted is kept for so long. Of the input that may be the only copy of a version whose batch has
  # failed, so it is kept like a quarantined file unless it is tagged.
  replaced_days   = 7
  noncurrent_days = { for purpose in keys(local.expiry) : purpose => purpose == "input" ? max(var.quarantine_retention_days, local.replaced_days) : local.replaced_days }
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  #checkov:skip=CKV_AWS_300:The rule "leftovers" has it; the scan reads only the last rule.
  for_each = aws_s3_bucket.this

  bucket = each.value.id

  rule {
    id     = "leftovers"
    status = "Enabled"

    filter {}

    abort_incomplete_multipart_upload {
      days_after_initiation = 1
    }

    noncurrent_version_expiration {
      noncurrent_days = local.noncurrent_days[each.key]
    }

    # Delete markers without versions are removed.
    expiration {
      expired_object_delete_marker = true
    }
  }

  dynamic "rule" {
    for_each = local.expiry[each.key] == null ? [] : [local.expiry[each.key]]

    content {
      id     = "expiry"
      status = "Enabled"

      filter {}

      expiration {
        days = rule.value
      }
    }
  }

  # pipeline.ProcessedTag.
  dynamic "rule" {
    for_each = each.key == "input" ? [var.input_retention_days] : []

    content {
      id     = "processed"
      status = "Enabled"

      filter {
        tag {
          key   = "ndjson-parquet"
          value = "processed"
        }
      }

      expiration {
        days = rule.value
      }

      noncurrent_version_expiration {
        noncurrent_days = local.replaced_days
      }
    }
  }

  # Staged output that a crash left.
  dynamic "rule" {
    for_each = each.key == "output" ? ["_staging/"] : []

    content {
      id     = "staging"
      status = "Enabled"

      filter {
        prefix = rule.value
      }

      expiration {
        days = 7
      }
    }
  }

  depends_on = [aws_s3_bucket_versioning.this]
}
