// Package awsports implements the core's ports on AWS: Step Functions start executions, SNS carries
// alerts, CloudWatch and a DynamoDB table store metrics, and messages of SQS become arrivals. Wire
// puts them together with the ledger (package dynamoledger) and the stores (package s3store).
package awsports
