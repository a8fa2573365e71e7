# Scales both tables and the ledger's indexes with their use. Without autoscaling, the same targets keep the capacity at
# the variables' values, so that changing a variable still changes the capacity.

locals {
  scaled_resources = merge(
    {
      tracking = { id = "table/${aws_dynamodb_table.tracking.name}", kind = "table", least = local.per_file }
      metrics  = { id = "table/${aws_dynamodb_table.metrics.name}", kind = "table", least = local.per_batch }
    },
    { for name, index in local.indexes : name => { id = "table/${aws_dynamodb_table.tracking.name}/index/${name}", kind = "index", least = index.capacity } },
  )

  directions = {
    read  = { most = var.max_read_capacity, metric = "DynamoDBReadCapacityUtilization", unit = "ReadCapacityUnits" }
    write = { most = var.max_write_capacity, metric = "DynamoDBWriteCapacityUtilization", unit = "WriteCapacityUnits" }
  }

  scaled = merge([
    for name, resource in local.provisioned ? local.scaled_resources : {} : {
      for direction, d in local.directions : "${name}-${direction}" => {
        resource_id = resource.id
        dimension   = "dynamodb:${resource.kind}:${d.unit}"
        least       = resource.least[direction]
        most        = var.enable_autoscaling ? max(d.most, resource.least[direction]) : resource.least[direction]
        metric      = d.metric
      }
    }
  ]...)
}

resource "aws_appautoscaling_target" "this" {
  for_each = local.scaled

  service_namespace  = "dynamodb"
  resource_id        = each.value.resource_id
  scalable_dimension = each.value.dimension
  min_capacity       = each.value.least
  max_capacity       = each.value.most
}

resource "aws_appautoscaling_policy" "this" {
  for_each = local.scaled

  name               = "${var.name_prefix}-${each.key}-${var.environment}"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = aws_appautoscaling_target.this[each.key].service_namespace
  resource_id        = aws_appautoscaling_target.this[each.key].resource_id
  scalable_dimension = aws_appautoscaling_target.this[each.key].scalable_dimension

  target_tracking_scaling_policy_configuration {
    # Leaves headroom for the minutes that scaling up takes.
    target_value = 70

    predefined_metric_specification {
      predefined_metric_type = each.value.metric
    }
  }
}
