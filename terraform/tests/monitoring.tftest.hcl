# The six alarms of docs/DESIGN.md and their actions; the dashboard's panels.

variables {
  name_prefix         = "ndjson-parquet"
  environment         = "dev"
  region              = "us-east-1"
  account_id          = "123456789012"
  alert_topic_name    = "ndjson-parquet-alerts-dev"
  alert_emails        = ["oncall@example.org"]
  kms_key_arn         = null
  function_names      = { manifest-builder = "builder", converter = "converter", settler = "settler", sweeper = "sweeper" }
  tracking_table_name = "tracking"
  glue_job_name       = "job"
  state_machine_name  = "processor"
  state_machine_arn   = "arn:aws:states:us-east-1:123456789012:stateMachine:processor"
  queue_name          = "queue"
  dlq_name            = "dlq"
}

run "alarms_have_the_designs_thresholds_and_severities" {
  module {
    source = "./modules/monitoring"
  }

  assert {
    condition = { for name, alarm in aws_cloudwatch_metric_alarm.this : name => [alarm.comparison_operator, alarm.threshold, alarm.tags["Severity"]] if contains(keys(local.design_alarms), name) } == {
      Lambda-Errors               = ["GreaterThanThreshold", 10, "CRITICAL"]
      Lambda-Throttles            = ["GreaterThanThreshold", 5, "CRITICAL"]
      Lambda-ConcurrentExecutions = ["GreaterThanThreshold", 40, "WARNING"]
      FileTracking-ReadThrottle   = ["GreaterThanThreshold", 5, "WARNING"]
      FileTracking-WriteThrottle  = ["GreaterThanThreshold", 5, "WARNING"]
      GlueJob-Failures            = ["GreaterThanThreshold", 10, "CRITICAL"]
    }
    error_message = "An alarm of docs/DESIGN.md is missing, or differs in threshold or severity."
  }

  assert {
    condition     = alltrue([for name, alarm in aws_cloudwatch_metric_alarm.this : alarm.period == (name == "Sweeps-Missing" ? 900 : 300) && alarm.evaluation_periods == 1 && startswith(alarm.alarm_description, alarm.tags["Severity"])])
    error_message = "Alarms look at five minutes and start with their severity."
  }

  assert {
    condition = { for name in keys(local.design_alarms) : name => "${aws_cloudwatch_metric_alarm.this[name].statistic} ${aws_cloudwatch_metric_alarm.this[name].namespace} ${aws_cloudwatch_metric_alarm.this[name].metric_name}" } == {
      Lambda-Errors               = "Sum AWS/Lambda Errors"
      Lambda-Throttles            = "Sum AWS/Lambda Throttles"
      Lambda-ConcurrentExecutions = "Maximum AWS/Lambda ConcurrentExecutions"
      FileTracking-ReadThrottle   = "Sum AWS/DynamoDB ReadThrottleEvents"
      FileTracking-WriteThrottle  = "Sum AWS/DynamoDB WriteThrottleEvents"
      GlueJob-Failures            = "Sum Glue glue.driver.aggregate.numFailedTasks"
    }
    error_message = "An alarm looks at another metric."
  }
}

run "alarms_ring_for_what_does_not_happen" {
  module {
    source = "./modules/monitoring"
  }

  assert {
    condition = [for name, alarm in aws_cloudwatch_metric_alarm.this : [name, alarm.comparison_operator, alarm.threshold] if alarm.treat_missing_data == "breaching"] == [
      ["Sweeps-Missing", "LessThanThreshold", 1],
    ]
    error_message = "Sweeps that stop ring no alarm."
  }

  assert {
    condition     = alltrue([for index in ["pending-index", "live-index"] : contains([for alarm in aws_cloudwatch_metric_alarm.this : try(alarm.dimensions["GlobalSecondaryIndexName"], "")], index)])
    error_message = "An index of the ledger can throttle unseen."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.quarantined_share.threshold == 0.1 && length(aws_cloudwatch_metric_alarm.quarantined_share.metric_query) == 3
    error_message = "The quarantined share rings no alarm."
  }
}

run "alarms_act_in_every_environment" {
  module {
    source = "./modules/monitoring"
  }

  variables {
    environment      = "prod"
    alert_topic_name = "ndjson-parquet-alerts-prod"
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : alarm.actions_enabled && alarm.alarm_actions == toset([aws_sns_topic.alerts.arn]) && alarm.ok_actions == toset([aws_sns_topic.alerts.arn])])
    error_message = "An alarm tells nobody."
  }

  assert {
    condition     = aws_sns_topic.alerts.name == "ndjson-parquet-alerts-prod" && aws_sns_topic_subscription.email["oncall@example.org"].protocol == "email"
    error_message = "The topic or its subscription is wrong."
  }

  assert {
    condition     = alltrue([for name, alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_name == "ndjson-parquet-${name}-prod"])
    error_message = "An alarm's name does not end with the environment."
  }
}

run "dashboard_has_the_designs_panels" {
  module {
    source = "./modules/monitoring"
  }

  assert {
    condition = { for w in jsondecode(aws_cloudwatch_dashboard.this.dashboard_body).widgets : w.properties.title => [for m in w.properties.metrics : m[1]] if contains(["Lambda", "Glue job"], w.properties.title) } == {
      Lambda     = ["Invocations", "Errors", "Throttles", "Duration", "ConcurrentExecutions"]
      "Glue job" = ["glue.driver.aggregate.numCompletedTasks", "glue.driver.aggregate.numFailedTasks", "glue.driver.aggregate.numKilledTasks"]
    }
    error_message = "The Lambda or the Glue panel lacks a metric of docs/DESIGN.md."
  }

  assert {
    condition     = alltrue([for metric in ["ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits", "UserErrors", "SystemErrors"] : strcontains(aws_cloudwatch_dashboard.this.dashboard_body, metric)])
    error_message = "The DynamoDB panel lacks a metric of docs/DESIGN.md."
  }
}
