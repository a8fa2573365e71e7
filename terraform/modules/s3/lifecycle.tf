# How long the buckets keep what. The input is never kept longer than the ledger's rows: the sweep would admit again a
# file whose row has expired.

locals {
  expiry = {
    # Whole-bucket expiry in days; null: kept for good.
    input      = var.input_retention_days
    manifest   = null
    output     = null
    quarantine = var.quarantine_retention_days
    scripts    = null
  }

  # A version that was replaced or deleted is kept for so long. Conversions that pin a version are long done by then.
  noncurrent_days = 7
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  #checkov:skip=CKV_AWS_300:The rule "leftovers" does; the scan reads only the last rule.
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
      noncurrent_days = local.noncurrent_days
    }

    # The marker of a deletion goes when nothing is left behind it.
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

  # Staged output is out of sight; what a crash left of it goes.
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
