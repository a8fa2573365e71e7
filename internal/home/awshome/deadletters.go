package awshome

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"ndjson-parquet/internal/awsports"
	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/pipeline"
)

// A deadLetterQueue holds the messages that the manifest builder could not process. It is looked up
// when it is needed: that takes permissions that nothing else takes.
type deadLetterQueue struct {
	env    string
	getenv func(string) string // of this process
	wiring *awsports.Wiring
}

// list implements home.DeadLetterReader.
func (q *deadLetterQueue) list(ctx context.Context, limit int) ([]pipeline.DeadLetter, error) {
	var letters []pipeline.DeadLetter
	err := q.each(ctx, limit, func(m message) bool {
		letters = append(letters, m.DeadLetter)
		return false
	})
	return letters, err
}

// redrive implements home.Redriver. It admits the objects in this process, so that the operator
// learns at once why one cannot be admitted, which the queue does not record.
func (q *deadLetterQueue) redrive(
	ctx context.Context, selected func(pipeline.DeadLetter) bool,
) (home.Redriven, error) {
	var r home.Redriven
	err := q.each(ctx, math.MaxInt, func(m message) bool {
		if !selected(m.DeadLetter) {
			return false
		}
		for _, arrival := range m.arrivals {
			if m.Error != "" {
				break
			}
			if _, err := q.wiring.Pipeline.Admit(ctx, arrival); err != nil {
				m.Error = err.Error()
			}
		}
		switch {
		case m.Error == "":
			r.Settled++
		case len(r.Left) < home.MostLeft:
			r.Left = append(r.Left, m.DeadLetter)
		}
		return m.Error == ""
	})
	return r, err
}

// A message is one message of the queue.
type message struct {
	pipeline.DeadLetter                    // its Error says what is wrong with the message itself, if anything
	arrivals            []pipeline.Arrival // of the input; none for a message about other objects
}

// hidden is how many seconds a received message is invisible to others, unless it is shown again
// before.
const hidden = 300

// each calls settle once for every message, at most limit of them, and removes those for which it
// returns true. The others can be received again when each returns.
func (q *deadLetterQueue) each(ctx context.Context, limit int, settle func(message) bool) error {
	client := sqs.NewFromConfig(q.wiring.SDK)
	url, err := q.find(ctx, client)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	var kept []types.Message
	defer func() {
		for _, m := range kept {
			// A message that cannot be shown again now shows itself after hidden.
			_, _ = client.ChangeMessageVisibility(context.WithoutCancel(ctx),
				&sqs.ChangeMessageVisibilityInput{QueueUrl: &url, ReceiptHandle: m.ReceiptHandle})
		}
	}()
	for len(seen) < limit {
		out, err := client.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
			QueueUrl: &url, MaxNumberOfMessages: int32(min(10, limit-len(seen))), VisibilityTimeout: hidden,
			WaitTimeSeconds:             1, // asks all of the queue's servers, not a sample
			MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
		})
		if err != nil {
			return fmt.Errorf("read the dead-letter queue %s: %w", url, err)
		}
		fresh := false
		for _, m := range out.Messages {
			id := aws.ToString(m.MessageId)
			if seen[id] {
				continue
			}
			seen[id], fresh = true, true
			if !settle(q.parse(m)) {
				kept = append(kept, m)
			} else if _, err := client.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &url,
				ReceiptHandle: m.ReceiptHandle}); err != nil {
				return fmt.Errorf("remove a message from the dead-letter queue: %w", err)
			}
		}
		if !fresh {
			return nil
		}
	}
	return nil
}

// find returns the address of the queue, by way of the queue that feeds the manifest builder.
func (q *deadLetterQueue) find(ctx context.Context, client *sqs.Client) (string, error) {
	if _, unset := places(q.getenv); len(unset) == 0 {
		return "", errors.New("where environment variables name the places, nothing names the dead-letter queue: " +
			"`aws sqs start-message-move-task` sends its messages back")
	}
	name := manifestBuilder(q.env)
	mappings, err := lambda.NewFromConfig(q.wiring.SDK).ListEventSourceMappings(ctx,
		&lambda.ListEventSourceMappingsInput{FunctionName: &name})
	if err != nil {
		return "", fmt.Errorf("find the queue of the function %s (lambda:ListEventSourceMappings): %w", name, err)
	}
	for _, m := range mappings.EventSourceMappings {
		events, err := queueURL(ctx, client, aws.ToString(m.EventSourceArn))
		if err != nil {
			return "", err
		}
		out, err := client.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{
			QueueUrl: &events, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameRedrivePolicy},
		})
		if err != nil {
			return "", fmt.Errorf("read the redrive policy of %s: %w", events, err)
		}
		var policy struct {
			DeadLetterTargetArn string `json:"deadLetterTargetArn"`
		}
		if err := json.Unmarshal([]byte(out.Attributes[string(types.QueueAttributeNameRedrivePolicy)]),
			&policy); err == nil && policy.DeadLetterTargetArn != "" {
			return queueURL(ctx, client, policy.DeadLetterTargetArn)
		}
	}
	return "", fmt.Errorf("the function %s has no queue with a dead-letter queue: it was not made by the Terraform "+
		"of this version", name)
}

func queueURL(ctx context.Context, client *sqs.Client, arn string) (string, error) {
	parts := strings.Split(arn, ":") // arn:aws:sqs:region:account:name
	if len(parts) != 6 {
		return "", fmt.Errorf("%q is not the ARN of a queue", arn)
	}
	out, err := client.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &parts[5], QueueOwnerAWSAccountId: &parts[4]})
	if err != nil {
		return "", fmt.Errorf("find the queue %s: %w", parts[5], err)
	}
	return *out.QueueUrl, nil
}

func (q *deadLetterQueue) parse(m types.Message) message {
	number := func(name types.MessageSystemAttributeName) int64 {
		n, _ := strconv.ParseInt(m.Attributes[string(name)], 10, 64)
		return n
	}
	l := message{DeadLetter: pipeline.DeadLetter{
		Key:       "message " + aws.ToString(m.MessageId),
		Attempts:  int(number(types.MessageSystemAttributeNameApproximateReceiveCount)),
		FirstSeen: time.UnixMilli(number(types.MessageSystemAttributeNameSentTimestamp)).UTC(),
		LastSeen:  time.UnixMilli(number(types.MessageSystemAttributeNameApproximateFirstReceiveTimestamp)).UTC(),
	}}
	var err error
	if l.arrivals, err = q.wiring.Arrivals(aws.ToString(m.Body)); err != nil {
		l.Error = err.Error()
	}
	if len(l.arrivals) > 0 {
		l.Key, l.ETag = l.arrivals[0].Key, l.arrivals[0].ETag
		l.URI = q.wiring.Pipeline.Input.URI(l.Key)
	}
	return l
}
