package awsports

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"ndjson-parquet/internal/pipeline"
)

// A Notifier publishes alerts to an SNS topic, in the seed's payload.
type Notifier struct {
	Client   *sns.Client
	TopicARN string
	// StateMachineName is named in every alert.
	StateMachineName string
}

var _ pipeline.Notifier = (*Notifier)(nil)

// Alert implements pipeline.Notifier.
func (n *Notifier) Alert(ctx context.Context, a pipeline.Alert) error {
	a.StateMachineName = n.StateMachineName
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
