# Retention of the buckets. The input must expire before the ledger's rows: the sweep would admit a file again if its row
# had expired.

locals {
  expiry = {
    # Days until objects expire; null means never.
    input      = var.input_retention_days
    manifest   = null
    output     = null
    quarantine = var.quarantine_retention_days
    scripts    = null
  }

  # Days that replaced and deleted versions are kept, far longer than a conversion that pins a version takes.
  noncurrent_days = 7
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
      noncurrent_days = local.noncurrent_days
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
