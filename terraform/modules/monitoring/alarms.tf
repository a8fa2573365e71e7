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
    Sweeps-Missing = {
      severity    = "CRITICAL", threshold = 1, statistic = "Sum", namespace = "AWS/Lambda", metric = "Invocations"
      dimensions  = { FunctionName = var.function_names["sweeper"] }
      description = "No sweep in 15 minutes: nothing flushes, nothing is repaired"
      comparison  = "LessThanThreshold", period = 900, missing = "breaching"
    }
    Converter-Errors = {
      severity    = "WARNING", threshold = 5, statistic = "Sum", namespace = "AWS/Lambda", metric = "Errors"
      dimensions  = { FunctionName = var.function_names["converter"] }
      description = "Attempts to convert fail, time-outs included"
    }
    Settler-Errors = {
      severity    = "CRITICAL", threshold = 5, statistic = "Sum", namespace = "AWS/Lambda", metric = "Errors"
      dimensions  = { FunctionName = var.function_names["settler"] }
      description = "Outcomes cannot be written to the ledger, time-outs included"
    }
    Workflow-Timeouts = {
      severity    = "CRITICAL", threshold = 0, statistic = "Sum", namespace = "AWS/States", metric = "ExecutionsTimedOut"
      dimensions  = { StateMachineArn = var.state_machine_arn }
      description = "An execution reached its time limit; the sweep settles its batch"
    }
    DeadLetters-Age = {
      severity    = "CRITICAL", threshold = 604800, statistic = "Maximum", namespace = "AWS/SQS", metric = "ApproximateAgeOfOldestMessage"
      dimensions  = { QueueName = var.dlq_name }
      description = "A dead letter is a week old; it is deleted 14 days after it was sent"
    }
    Files-Failed = {
      severity    = "WARNING", threshold = 0, statistic = "Sum", namespace = "NdjsonParquet", metric = "FilesFailed"
      dimensions  = { Environment = var.environment, Function = "settler" }
      description = "A file failed alone: its version is gone, or cannot be read"
    }
    Pending-Age = {
      severity    = "WARNING", threshold = 93600, statistic = "Maximum", namespace = "NdjsonParquet", metric = "OldestPendingSeconds"
      dimensions  = { Environment = var.environment, Function = "sweeper" }
      description = "A file is pending for longer than 26 hours: its date should have been flushed"
    }
    Batches-Stuck = {
      severity    = "CRITICAL", threshold = 0, statistic = "Maximum", namespace = "NdjsonParquet", metric = "StuckBatches"
      dimensions  = { Environment = var.environment, Function = "sweeper" }
      description = "A batch is on its way for longer than six hours"
    }
    PendingIndex-WriteThrottle = {
      severity    = "WARNING", threshold = 5, statistic = "Sum", namespace = "AWS/DynamoDB", metric = "WriteThrottleEvents"
      dimensions  = { TableName = var.tracking_table_name, GlobalSecondaryIndexName = "pending-index" }
      description = "The index of pending files throttles, and with it the writes of the table"
    }
    LiveIndex-WriteThrottle = {
      severity    = "WARNING", threshold = 5, statistic = "Sum", namespace = "AWS/DynamoDB", metric = "WriteThrottleEvents"
      dimensions  = { TableName = var.tracking_table_name, GlobalSecondaryIndexName = "live-index" }
      description = "The index of batches that have not ended throttles"
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
  period              = try(each.value.period, 300)
  evaluation_periods  = 1
  comparison_operator = try(each.value.comparison, "GreaterThanThreshold")
  threshold           = each.value.threshold
  treat_missing_data  = try(each.value.missing, "notBreaching")

  actions_enabled = true
  alarm_actions   = [aws_sns_topic.alerts.arn]
  ok_actions      = [aws_sns_topic.alerts.arn]

  tags = { Severity = each.value.severity }
}

# The share of quarantined files among all that arrived: a producer has changed its names or sizes.
resource "aws_cloudwatch_metric_alarm" "quarantined_share" {
  alarm_name          = "${var.name_prefix}-Quarantined-Share-${var.environment}"
  alarm_description   = "WARNING: More than a tenth of the files that arrived in 15 minutes were quarantined"
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0.1
  treat_missing_data  = "notBreaching"

  metric_query {
    id          = "share"
    expression  = "FILL(quarantined, 0) / (FILL(quarantined, 0) + FILL(admitted, 0))"
    label       = "Quarantined share"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = { quarantined = "FilesQuarantined", admitted = "FilesAdmitted" }

    content {
      id = metric_query.key

      metric {
        namespace   = "NdjsonParquet"
        metric_name = metric_query.value
        dimensions  = { Environment = var.environment, Function = "manifest-builder" }
        period      = 900
        stat        = "Sum"
      }
    }
  }

  alarm_actions = [aws_sns_topic.alerts.arn]
  ok_actions    = [aws_sns_topic.alerts.arn]

  tags = { Severity = "WARNING" }
}
