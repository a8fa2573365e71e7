# The capacity of both tables and the ledger's indexes follows its use. Without autoscaling the same targets hold it
# where the variables say, so that changing a variable still changes the capacity.

locals {
  scaled_resources = merge(
    {
      tracking = "table/${aws_dynamodb_table.tracking.name}"
      metrics  = "table/${aws_dynamodb_table.metrics.name}"
    },
    { for index in keys(local.indexes) : index => "table/${aws_dynamodb_table.tracking.name}/index/${index}" },
  )

  directions = {
    read  = { least = var.read_capacity, most = var.max_read_capacity, metric = "DynamoDBReadCapacityUtilization", unit = "ReadCapacityUnits" }
    write = { least = var.write_capacity, most = var.max_write_capacity, metric = "DynamoDBWriteCapacityUtilization", unit = "WriteCapacityUnits" }
  }

  scaled = merge([
    for name, resource in local.scaled_resources : {
      for direction, d in local.directions : "${name}-${direction}" => merge(d, { resource = resource })
    }
  ]...)
}

resource "aws_appautoscaling_target" "this" {
  for_each = local.scaled

  service_namespace  = "dynamodb"
  resource_id        = each.value.resource
  scalable_dimension = "dynamodb:${startswith(each.key, "pending-index") || startswith(each.key, "live-index") ? "index" : "table"}:${each.value.unit}"
  min_capacity       = each.value.least
  max_capacity       = var.enable_autoscaling ? max(each.value.most, each.value.least) : each.value.least
}

resource "aws_appautoscaling_policy" "this" {
  for_each = local.scaled

  name               = "${var.name_prefix}-${each.key}-${var.environment}"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.this[each.key].service_namespace
  resource_id        = aws_appautoscaling_target.this[each.key].resource_id
  scalable_dimension = aws_appautoscaling_target.this[each.key].scalable_dimension

  target_tracking_scaling_policy_configuration {
    # Headroom for the minutes that scaling up takes.
    target_value = 70

    predefined_metric_specification {
      predefined_metric_type = each.value.metric
    }
  }
}
