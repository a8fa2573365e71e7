// Package awsports is the core's home on AWS: Step Functions start executions, SNS carries alerts,
// CloudWatch and a DynamoDB table take metrics, SQS brings arrivals. The ledger is in
// ledger/dynamodb, the stores in objectstore/s3; cmd/lambda puts them together.
package awsports
