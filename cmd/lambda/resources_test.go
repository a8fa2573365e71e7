package main

import (
	"bytes"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"ndjson-parquet/internal/ledger/dynamoledger"
	"ndjson-parquet/internal/objectstore/s3store"
)

// createResources creates the resources that the functions need, on the server that the environment
// names, and sets the functions' environment variables.
func createResources(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	sdk, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		t.Fatal(err)
	}
	db := dynamodb.NewFromConfig(sdk)
	if _, err := db.CreateTable(ctx, dynamoledger.Table("tracking")); err != nil {
		t.Fatal(err)
	}
	if _, err := db.CreateTable(ctx, &dynamodb.CreateTableInput{
		TableName: aws.String("metrics"), BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: []types.AttributeDefinition{
			{AttributeName: aws.String("metric_type"), AttributeType: types.ScalarAttributeTypeS},
			{AttributeName: aws.String("timestamp"), AttributeType: types.ScalarAttributeTypeN},
		},
		KeySchema: []types.KeySchemaElement{
			{AttributeName: aws.String("metric_type"), KeyType: types.KeyTypeHash},
			{AttributeName: aws.String("timestamp"), KeyType: types.KeyTypeRange},
		},
	}); err != nil {
		t.Fatal(err)
	}
	client, err := s3store.NewClient(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"input", "manifest", "output", "quarantine"} {
		if _, err := client.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &name}); err != nil {
			t.Fatal(err)
		}
	}
	// The state machine itself only accepts executions: the test follows the real definition.
	machine, err := sfn.NewFromConfig(sdk).CreateStateMachine(ctx, &sfn.CreateStateMachineInput{
		Name: aws.String("ndjson-parquet"), RoleArn: aws.String("arn:aws:iam::123456789012:role/any"),
		Definition: aws.String(`{"StartAt":"Done","States":{"Done":{"Type":"Succeed"}}}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"TRACKING_TABLE": "tracking", "METRICS_TABLE": "metrics", "INPUT_BUCKET": "input",
		"MANIFEST_BUCKET": "manifest",
		"OUTPUT_BUCKET":   "output", "QUARANTINE_BUCKET": "quarantine", "STEP_FUNCTION_ARN": *machine.StateMachineArn,
	} {
		t.Setenv(name, value)
	}
}

// A journal receives the functions' output, like Lambda's standard output.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

// take returns the output since the last call.
func (j *journal) take() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	text := j.text.String()
	j.text.Reset()
	return text
}
