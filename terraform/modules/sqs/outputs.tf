output "queue_arn" {
  description = "ARN of the queue, once its policy allows S3 to send to it."
  value       = aws_sqs_queue.events.arn
  depends_on  = [aws_sqs_queue_policy.events]
}

output "queue_url" {
  value = aws_sqs_queue.events.id
}

output "queue_name" {
  value = aws_sqs_queue.events.name
}

output "dlq_url" {
  value = aws_sqs_queue.dead.id
}

output "dlq_name" {
  value = aws_sqs_queue.dead.name
}

output "dlq_arn" {
  value = aws_sqs_queue.dead.arn
}
