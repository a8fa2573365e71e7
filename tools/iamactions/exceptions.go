package main

// notDeployed are operations that the code names and that no function calls on AWS.
var notDeployed = map[string]string{
	"dynamodb:CreateTable":   "the definition of the table for emulators; Terraform creates the deployed one",
	"dynamodb:DescribeTable": "the command line checks the table, with the operator's policy",
}

// beyondCalls are actions that roles need although no call has their name.
var beyondCalls = map[string]string{
	"logs:CreateLogStream":       "Lambda writes the function's log",
	"logs:PutLogEvents":          "Lambda writes the function's log",
	"s3:GetObjectVersion":        "GetObject of a version",
	"s3:GetObjectVersionTagging": "CopyObject of a version",
	"s3:PutObjectVersionTagging": "PutObjectTagging of a version",
	"sqs:DeleteMessage":          "Lambda reads the queue",
	"sqs:GetQueueAttributes":     "Lambda reads the queue",
	"sqs:ReceiveMessage":         "Lambda reads the queue",
	"kms:Decrypt":                "the services decrypt in the role's name",
	"kms:GenerateDataKey":        "the services encrypt in the role's name",
}
