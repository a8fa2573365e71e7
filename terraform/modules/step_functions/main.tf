# The workflow: one execution for each batch. The tests use the same definition.

locals {
  mb = 1024 * 1024

  definition = templatefile("${path.module}/definition.asl.json", {
    partition              = var.partition
    converter_function_arn = var.converter_function_arn
    settler_function_arn   = var.settler_function_arn
    glue_job_name          = var.glue_job_name
    manifest_bucket        = var.manifest_bucket
    output_bucket          = var.output_bucket
    compression_type       = var.compression_type
    alert_topic_arn        = var.alert_topic_arn
    # 0 means never: no batch has 2^53 bytes.
    glue_min_batch_bytes = var.glue_min_batch_mb > 0 ? var.glue_min_batch_mb * local.mb : 9007199254740992
    # A run may wait for workers before its own time limit starts.
    glue_timeout_seconds = (var.glue_timeout_minutes + 30) * 60
    # More than the states' limits and waits together. The sweep settles an execution that reaches it.
    execution_timeout_seconds = (var.glue_timeout_minutes + 240) * 60
  })
}

resource "aws_sfn_state_machine" "processor" {
  #checkov:skip=CKV_AWS_284:Tracing costs per execution; the execution's history and the logs have the same information.
  name = var.state_machine_name
  # Standard, because .sync needs it, and because the name of an execution then makes starting idempotent.
  type       = "STANDARD"
  role_arn   = var.role_arn
  definition = local.definition

  logging_configuration {
    level                  = "ERROR"
    include_execution_data = true
    log_destination        = "${aws_cloudwatch_log_group.processor.arn}:*"
  }
}

resource "aws_cloudwatch_log_group" "processor" {
  #checkov:skip=CKV_AWS_338:The design specifies 14 days (docs/DESIGN.md); log_retention_days changes it.
  #checkov:skip=CKV_AWS_158:Encrypted with CloudWatch's key, or with a customer-managed one where enable_kms is set.
  name              = "/aws/states/${var.state_machine_name}"
  retention_in_days = var.log_retention_days
  kms_key_id        = var.kms_key_arn
}
