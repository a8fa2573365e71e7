# The sweep: every few minutes without a listing (advance pending dates, repair stale batches), regularly with a listing
# of recent input, and rarely with one of the whole input.

locals {
  sweeps = {
    sweep         = { schedule = var.sweep_schedule, input = { list = false, recent_hours = 0 } }
    reconcile     = { schedule = var.reconcile_schedule, input = { list = true, recent_hours = 6 } }
    reconcile-all = { schedule = var.reconcile_all_schedule, input = { list = true, recent_hours = 0 } }
  }
}

resource "aws_cloudwatch_event_rule" "this" {
  for_each = local.sweeps

  name                = "${var.function_names["sweeper"]}-${each.key}"
  description         = "Runs the sweeper"
  schedule_expression = each.value.schedule
}

resource "aws_cloudwatch_event_target" "this" {
  for_each = local.sweeps

  rule  = aws_cloudwatch_event_rule.this[each.key].name
  arn   = aws_lambda_function.this["sweeper"].arn
  input = jsonencode(each.value.input)
}

resource "aws_lambda_permission" "sweep" {
  for_each = local.sweeps

  statement_id  = "Allow-${each.key}"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.this["sweeper"].function_name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.this[each.key].arn
}

# A failed sweep is not repeated: the next one continues.
resource "aws_lambda_function_event_invoke_config" "sweeper" {
  function_name                = aws_lambda_function.this["sweeper"].function_name
  maximum_retry_attempts       = 0
  maximum_event_age_in_seconds = 300
}
