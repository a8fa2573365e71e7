package awshome

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"ndjson-parquet/internal/awsports"
	"ndjson-parquet/internal/pipeline"
)

// DeadLetters are the messages that the manifest builder could not take: those of its queue's dead-letter queue.
type DeadLetters struct {
	client *sqs.Client
	url    string
	wiring *awsports.Wiring
}

// A Letter is one message.
type Letter struct {
	pipeline.DeadLetter                    // its Error tells what is wrong with the message itself, if so
	Arrivals            []pipeline.Arrival // of the input; none where the message is about nothing of ours
}

// FindDeadLetters finds the queue by what feeds the manifest builder of env.
func FindDeadLetters(ctx context.Context, env string, w *awsports.Wiring, getenv func(string) string) (*DeadLetters, error) {
	if _, unset := places(getenv); len(unset) == 0 {
		return nil, errors.New("where environment variables name the places, nothing names the dead-letter queue: `aws sqs start-message-move-task` sends its messages back")
	}
	name := manifestBuilder(env)
	mappings, err := lambda.NewFromConfig(w.SDK).ListEventSourceMappings(ctx, &lambda.ListEventSourceMappingsInput{FunctionName: &name})
	if err != nil {
		return nil, fmt.Errorf("find the queue of the function %s (lambda:ListEventSourceMappings): %w", name, err)
	}
	d := &DeadLetters{client: sqs.NewFromConfig(w.SDK), wiring: w}
	for _, m := range mappings.EventSourceMappings {
		events, err := d.queueURL(ctx, aws.ToString(m.EventSourceArn))
		if err != nil {
			return nil, err
		}
		out, err := d.client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: &events, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameRedrivePolicy}})
		if err != nil {
			return nil, fmt.Errorf("read the redrive policy of %s: %w", events, err)
		}
		var policy struct {
			DeadLetterTargetArn string `json:"deadLetterTargetArn"`
		}
		if err := json.Unmarshal([]byte(out.Attributes[string(types.QueueAttributeNameRedrivePolicy)]), &policy); err == nil && policy.DeadLetterTargetArn != "" {
			d.url, err = d.queueURL(ctx, policy.DeadLetterTargetArn)
			return d, err
		}
	}
	return nil, fmt.Errorf("the function %s has no queue with a dead-letter queue: it was not made by the Terraform of this version", name)
}

func (d *DeadLetters) queueURL(ctx context.Context, arn string) (string, error) {
	parts := strings.Split(arn, ":") // arn:aws:sqs:region:account:name
	if len(parts) != 6 {
		return "", fmt.Errorf("%q is not the ARN of a queue", arn)
	}
	out, err := d.client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &parts[5], QueueOwnerAWSAccountId: &parts[4]})
	if err != nil {
		return "", fmt.Errorf("find the queue %s: %w", parts[5], err)
	}
	return *out.QueueUrl, nil
}

// hidden is how many seconds a message that is looked at is invisible to others, should nobody show it again before.
const hidden = 300

// Each calls settle with every message once, at most limit of them, and removes those for which it returns true. The others can be
// received again when it returns.
func (d *DeadLetters) Each(ctx context.Context, limit int, settle func(Letter) bool) error {
	seen := map[string]bool{}
	var kept []types.Message
	defer func() {
		for _, m := range kept {
			// What cannot be shown again now shows itself after hidden.
			_, _ = d.client.ChangeMessageVisibility(context.WithoutCancel(ctx), &sqs.ChangeMessageVisibilityInput{QueueUrl: &d.url, ReceiptHandle: m.ReceiptHandle})
		}
	}()
	for len(seen) < limit {
		out, err := d.client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
			QueueUrl: &d.url, MaxNumberOfMessages: int32(min(10, limit-len(seen))), VisibilityTimeout: hidden,
			WaitTimeSeconds:             1, // all of the queue's servers are asked, not a sample
			MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
		})
		if err != nil {
			return fmt.Errorf("read the dead-letter queue %s: %w", d.url, err)
		}
		fresh := false
		for _, m := range out.Messages {
			id := aws.ToString(m.MessageId)
			if seen[id] {
				continue
			}
			seen[id], fresh = true, true
			if !settle(d.letter(m)) {
				kept = append(kept, m)
			} else if _, err := d.client.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &d.url, ReceiptHandle: m.ReceiptHandle}); err != nil {
				return fmt.Errorf("remove a message from the dead-letter queue: %w", err)
			}
		}
		if !fresh {
			return nil
		}
	}
	return nil
}

func (d *DeadLetters) letter(m types.Message) Letter {
	number := func(name types.MessageSystemAttributeName) int64 {
		n, _ := strconv.ParseInt(m.Attributes[string(name)], 10, 64)
		return n
	}
	l := Letter{DeadLetter: pipeline.DeadLetter{
		Key:       "message " + aws.ToString(m.MessageId),
		Attempts:  int(number(types.MessageSystemAttributeNameApproximateReceiveCount)),
		FirstSeen: time.UnixMilli(number(types.MessageSystemAttributeNameSentTimestamp)).UTC(),
		LastSeen:  time.UnixMilli(number(types.MessageSystemAttributeNameApproximateFirstReceiveTimestamp)).UTC(),
	}}
	var err error
	if l.Arrivals, err = d.wiring.Arrivals(aws.ToString(m.Body)); err != nil {
		l.Error = err.Error()
	}
	if len(l.Arrivals) > 0 {
		l.Key, l.ETag = l.Arrivals[0].Key, l.Arrivals[0].ETag
		l.URI = d.wiring.Pipeline.Input.URI(l.Key)
	}
	return l
}
