# On its own: within one file a table would be the former case's, changed.

run "on_demand_has_no_capacity" {
  module {
    source = "./modules/dynamodb"
  }

  variables {
    name_prefix        = "ndjson-parquet"
    environment        = "dev"
    kms_key_arn        = null
    billing_mode       = "PAY_PER_REQUEST"
    read_capacity      = 5
    write_capacity     = 25
    max_read_capacity  = 1000
    max_write_capacity = 1000
    enable_autoscaling = true
    force_destroy      = true
  }

  assert {
    condition     = aws_dynamodb_table.tracking.billing_mode == "PAY_PER_REQUEST" && aws_dynamodb_table.tracking.write_capacity == null && length(aws_appautoscaling_target.this) == 0
    error_message = "An on-demand table has capacity, or scales."
  }
}
