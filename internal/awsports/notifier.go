package awsports

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"ndjson-parquet/internal/pipeline"
)

// A Notifier publishes alerts to an SNS topic, as JSON. Every alert of a batch carries the ARN of
// an execution: the one of WithExecution, or else that of the batch's own.
type Notifier struct {
	Client          *sns.Client
	TopicARN        string
	StateMachineARN string
}

type executionKey struct{}

// WithExecution returns a context for the work of one execution, which alerts name.
func WithExecution(ctx context.Context, arn string) context.Context {
	return context.WithValue(ctx, executionKey{}, arn)
}

// executionARN is the ARN of the execution of a name.
func executionARN(stateMachineARN, name string) string {
	return strings.Replace(stateMachineARN, ":stateMachine:", ":execution:", 1) + ":" + name
}

var _ pipeline.Notifier = (*Notifier)(nil)

// Alert implements pipeline.Notifier.
func (n *Notifier) Alert(ctx context.Context, a pipeline.Alert) error {
	a.StateMachineName = n.StateMachineARN[strings.LastIndex(n.StateMachineARN, ":")+1:]
	if arn, _ := ctx.Value(executionKey{}).(string); arn != "" {
		a.ExecutionArn = arn
	} else if a.ExecutionArn != "" {
		a.ExecutionArn = executionARN(n.StateMachineARN, a.ExecutionArn)
	}
	message, err := json.Marshal(a)
	if err != nil {
		return err
	}
	const subjectLimit = 100 // of SNS
	subject := "NDJSON to Parquet: " + a.Error.Error
	_, err = n.Client.Publish(ctx, &sns.PublishInput{
		TopicArn: &n.TopicARN,
		Subject:  aws.String(subject[:min(len(subject), subjectLimit)]),
		Message:  aws.String(string(message)),
	})
	if err != nil {
		return fmt.Errorf("publish an alert: %w", err)
	}
	return nil
}
