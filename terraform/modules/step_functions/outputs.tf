output "state_machine_arn" {
  value = aws_sfn_state_machine.processor.arn
}

output "definition" {
  description = "The state machine's definition."
  value       = local.definition
}
