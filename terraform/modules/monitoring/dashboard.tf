locals {
  function = ["FunctionName", var.function_names["manifest-builder"]]
  table    = ["TableName", var.tracking_table_name]
  glue_run = ["JobName", var.glue_job_name, "JobRunId", "ALL", "Type", "count"]

  # The metrics of each panel, with their statistics.
  panels = [
    {
      title = "Lambda"
      metrics = [
        concat(["AWS/Lambda", "Invocations"], local.function, [{ stat = "Sum" }]),
        concat(["AWS/Lambda", "Errors"], local.function, [{ stat = "Sum" }]),
        concat(["AWS/Lambda", "Throttles"], local.function, [{ stat = "Sum" }]),
        concat(["AWS/Lambda", "Duration"], local.function, [{ stat = "Average" }]),
        concat(["AWS/Lambda", "ConcurrentExecutions"], local.function, [{ stat = "Maximum" }]),
      ]
    },
    {
      title = "DynamoDB"
      metrics = [
        concat(["AWS/DynamoDB", "ConsumedReadCapacityUnits"], local.table, [{ stat = "Sum" }]),
        concat(["AWS/DynamoDB", "ConsumedWriteCapacityUnits"], local.table, [{ stat = "Sum" }]),
        # DynamoDB reports user errors for the account, and system errors by operation.
        ["AWS/DynamoDB", "UserErrors", { stat = "Sum" }],
        [{ expression = "SUM(SEARCH('{AWS/DynamoDB,TableName,Operation} MetricName=\"SystemErrors\" TableName=\"${var.tracking_table_name}\"', 'Sum', 300))", label = "SystemErrors", id = "system_errors" }],
      ]
    },
    {
      title = "Glue job"
      metrics = [
        concat(["Glue", "glue.driver.aggregate.numCompletedTasks"], local.glue_run, [{ stat = "Sum", label = "Completed tasks" }]),
        concat(["Glue", "glue.driver.aggregate.numFailedTasks"], local.glue_run, [{ stat = "Sum", label = "Failed tasks" }]),
        concat(["Glue", "glue.driver.aggregate.numKilledTasks"], local.glue_run, [{ stat = "Sum", label = "Killed tasks" }]),
      ]
    },
    {
      title = "Workflow"
      metrics = [
        for metric in ["ExecutionsStarted", "ExecutionsSucceeded", "ExecutionsFailed", "ExecutionsTimedOut"] :
        ["AWS/States", metric, "StateMachineArn", var.state_machine_arn, { stat = "Sum" }]
      ]
    },
    {
      title = "Queue"
      metrics = [
        ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", var.queue_name, { stat = "Maximum" }],
        ["AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", var.queue_name, { stat = "Maximum" }],
        ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", var.dlq_name, { stat = "Maximum", label = "Dead letters" }],
      ]
    },
    {
      title = "Batches"
      metrics = [
        for metric in [["FilesAdmitted", "manifest-builder"], ["FilesQuarantined", "manifest-builder"], ["BatchesCompleted", "settler"], ["BatchesFailed", "settler"], ["Rows", "settler"], ["RejectedRecords", "settler"], ["RescuedValues", "settler"]] :
        ["NdjsonParquet", metric[0], "Environment", var.environment, "Function", metric[1], { stat = "Sum" }]
      ]
    },
  ]
}

resource "aws_cloudwatch_dashboard" "this" {
  dashboard_name = "${var.name_prefix}-${var.environment}"
  dashboard_body = jsonencode({
    widgets = [
      for i, panel in local.panels : {
        type   = "metric"
        x      = 12 * (i % 2)
        y      = 6 * floor(i / 2)
        width  = 12
        height = 6
        properties = {
          title   = panel.title
          region  = var.region
          view    = "timeSeries"
          period  = 300
          metrics = panel.metrics
        }
      }
    ]
  })
}
