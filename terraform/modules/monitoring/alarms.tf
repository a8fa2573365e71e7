# The alarms. Each notifies the topic when it turns on and when it turns off, in every environment.

locals {
  # The alarms of the original design (docs/DESIGN.md).
  design_alarms = {
    Lambda-Errors = {
      severity    = "CRITICAL", threshold = 10, statistic = "Sum", namespace = "AWS/Lambda", metric = "Errors"
      dimensions  = { FunctionName = var.function_names["manifest-builder"] }
      description = "Lambda function execution errors"
    }
    Lambda-Throttles = {
      severity    = "CRITICAL", threshold = 5, statistic = "Sum", namespace = "AWS/Lambda", metric = "Throttles"
      dimensions  = { FunctionName = var.function_names["manifest-builder"] }
      description = "Lambda function throttling"
    }
    Lambda-ConcurrentExecutions = {
      severity    = "WARNING", threshold = 40, statistic = "Maximum", namespace = "AWS/Lambda", metric = "ConcurrentExecutions"
      dimensions  = { FunctionName = var.function_names["manifest-builder"] }
      description = "Approaching concurrency limit"
    }
    FileTracking-ReadThrottle = {
      severity    = "WARNING", threshold = 5, statistic = "Sum", namespace = "AWS/DynamoDB", metric = "ReadThrottleEvents"
      dimensions  = { TableName = var.tracking_table_name }
      description = "DynamoDB read throttling"
    }
    FileTracking-WriteThrottle = {
      severity    = "WARNING", threshold = 5, statistic = "Sum", namespace = "AWS/DynamoDB", metric = "WriteThrottleEvents"
      dimensions  = { TableName = var.tracking_table_name }
      description = "DynamoDB write throttling"
    }
    GlueJob-Failures = {
      severity    = "CRITICAL", threshold = 10, statistic = "Sum", namespace = "Glue", metric = "glue.driver.aggregate.numFailedTasks"
      dimensions  = { JobName = var.glue_job_name, JobRunId = "ALL", Type = "count" }
      description = "Glue job task failures"
    }
  }

  # What the six would not show.
  added_alarms = {
    Workflow-Failures = {
      severity    = "CRITICAL", threshold = 0, statistic = "Sum", namespace = "AWS/States", metric = "ExecutionsFailed"
      dimensions  = { StateMachineArn = var.state_machine_arn }
      description = "A batch failed; see the alert that its execution sent"
    }
    DeadLetters = {
      severity    = "CRITICAL", threshold = 0, statistic = "Maximum", namespace = "AWS/SQS", metric = "ApproximateNumberOfMessagesVisible"
      dimensions  = { QueueName = var.dlq_name }
      description = "Events that failed three times wait in the dead-letter queue"
    }
    Sweeper-Errors = {
      severity    = "CRITICAL", threshold = 0, statistic = "Sum", namespace = "AWS/Lambda", metric = "Errors"
      dimensions  = { FunctionName = var.function_names["sweeper"] }
      description = "A sweep failed: dates may not be flushed, or batches not repaired"
    }
    Queue-Age = {
      severity    = "WARNING", threshold = 900, statistic = "Maximum", namespace = "AWS/SQS", metric = "ApproximateAgeOfOldestMessage"
      dimensions  = { QueueName = var.queue_name }
      description = "Events wait longer than 15 minutes: files arrive faster than they are admitted"
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = merge(local.design_alarms, local.added_alarms)

  alarm_name          = "${var.name_prefix}-${each.key}-${var.environment}"
  alarm_description   = "${each.value.severity}: ${each.value.description}"
  namespace           = each.value.namespace
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  treat_missing_data  = "notBreaching"

  actions_enabled = true
  alarm_actions   = [aws_sns_topic.alerts.arn]
  ok_actions      = [aws_sns_topic.alerts.arn]

  tags = { Severity = each.value.severity }
}
