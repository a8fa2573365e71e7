package main

// beyondCalls are actions that roles need although no call has their name.
var beyondCalls = map[string]string{
	"dynamodb:DeleteItem":         "a delete within TransactWriteItems",
	"logs:CreateLogStream":        "Lambda writes the function's log",
	"logs:PutLogEvents":           "Lambda writes the function's log",
	"s3:GetObjectVersion":         "GetObject of a version",
	"s3:GetObjectVersionTagging":  "CopyObject of a version",
	"sqs:ChangeMessageVisibility": "Lambda reads the queue",
	"sqs:DeleteMessage":           "Lambda reads the queue",
	"sqs:GetQueueAttributes":      "Lambda reads the queue",
	"sqs:ReceiveMessage":          "Lambda reads the queue",
	"kms:Decrypt":                 "the services decrypt in the role's name",
	"kms:GenerateDataKey":         "the services encrypt in the role's name",
}
