package e2e

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// consume plays the event source mapping until the test ends: it hands messages to the function in
// batches, deletes those that were not reported as failed, and leaves the others to the queue's
// visibility timeout and redrive policy.
func (w *world) consume(t *testing.T) {
	t.Helper()
	mapping := get[struct {
		BatchSize int32    `json:"batch_size"`
		Queue     string   `json:"event_source_arn"`
		Function  string   `json:"function_name"`
		Responses []string `json:"function_response_types"`
	}](t, w.resources, "module.lambda.aws_lambda_event_source_mapping.events")
	f := w.byName[mapping.Function[strings.LastIndex(mapping.Function, ":")+1:]]
	partial := len(mapping.Responses) == 1 && mapping.Responses[0] == "ReportBatchItemFailures"
	if f == nil || !partial {
		t.Fatalf("the queue's mapping is not understood: %+v", mapping)
	}
	w.queueARN = mapping.Queue
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	for range pollers {
		running.Go(func() {
			for ctx.Err() == nil {
				if err := w.consumeOnce(ctx, f, mapping.BatchSize); err != nil && ctx.Err() == nil {
					t.Errorf("the queue's consumer: %v", err)
					return
				}
			}
		})
	}
	w.atEnd(func() {
		cancel()
		running.Wait()
	})
}

// pollers is how many batches of messages can be at the function at once.
const pollers = 2

func (w *world) consumeOnce(ctx context.Context, f *function, most int32) error {
	poller := w.clientsOf(roleBuilder).sqs // Lambda's poller works with the function's role
	out, err := poller.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: &w.queue, MaxNumberOfMessages: most,
		WaitTimeSeconds: 1})
	if err != nil || len(out.Messages) == 0 {
		return err
	}
	for i := range out.Messages {
		out.Messages[i].Body = ptr(w.versioned(*out.Messages[i].Body))
	}
	w.mu.Lock()
	w.delivered = append(w.delivered, out.Messages...)
	w.mu.Unlock()
	failed, err := invokeWithMessages(ctx, f, w.queueARN, out.Messages)
	if err != nil {
		return err
	}
	for _, m := range out.Messages {
		if !failed[*m.MessageId] {
			_, err := poller.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: &w.queue,
				ReceiptHandle: m.ReceiptHandle})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// invokeWithMessages returns the ids of the messages that are to come again: all, if the function
// failed.
func invokeWithMessages(ctx context.Context, f *function, queueARN string,
	messages []sqstypes.Message) (map[string]bool, error) {
	type record struct {
		MessageID   string `json:"messageId"`
		Receipt     string `json:"receiptHandle"`
		Body        string `json:"body"`
		EventSource string `json:"eventSource"`
		ARN         string `json:"eventSourceARN"`
		Region      string `json:"awsRegion"`
	}
	var event struct{ Records []record }
	again := map[string]bool{}
	for _, m := range messages {
		event.Records = append(event.Records, record{*m.MessageId, *m.ReceiptHandle, *m.Body, "aws:sqs", queueARN,
			"us-east-1"})
		again[*m.MessageId] = true
	}
	payload, err := json.Marshal(event)
	if err != nil {
		return nil, err
	}
	answer, failed, err := f.invoke(ctx, payload)
	if err != nil || failed {
		return again, err
	}
	clear(again)
	var response struct {
		Failures []struct {
			ID string `json:"itemIdentifier"`
		} `json:"batchItemFailures"`
	}
	if err := json.Unmarshal(answer, &response); err != nil {
		return nil, fmt.Errorf("the answer of %s: %w", f.name, err)
	}
	for _, failure := range response.Failures {
		again[failure.ID] = true
	}
	return again, nil
}

// messagesOf makes messages as the queue would hand them out.
func messagesOf(bodies ...string) []sqstypes.Message {
	var messages []sqstypes.Message
	for _, body := range bodies {
		id := ptr(rand.Text())
		messages = append(messages, sqstypes.Message{MessageId: id, ReceiptHandle: id, Body: &body})
	}
	return messages
}

// A putVersion is what a put into the input made.
type putVersion struct {
	id        string
	sequencer int64 // rises in the order of the puts
}

// notePut remembers the version that a put made.
func (w *world) notePut(path string, answer http.Header) {
	if version := answer.Get("X-Amz-Version-Id"); version != "" {
		v := putVersion{version, w.lastSequencer.Add(1)}
		w.puts.Store(version, v)
		w.puts.Store(path+strings.Trim(answer.Get("ETag"), `"`), v)
	}
}

// sequencer is that of the put that made a version, in the form of S3.
func (w *world) sequencer(version string) string {
	v, _ := w.puts.Load(version)
	put, _ := v.(putVersion)
	return fmt.Sprintf("%018X", put.sequencer)
}

// versioned completes an event of the emulator, which names neither a version nor a sequencer.
func (w *world) versioned(body string) string {
	var event struct{ Records []map[string]any }
	if json.Unmarshal([]byte(body), &event) != nil || len(event.Records) == 0 || strings.Contains(body, "sequencer") {
		return body
	}
	for _, record := range event.Records {
		content, _ := record["s3"].(map[string]any)
		object, _ := content["object"].(map[string]any)
		key, _ := object["key"].(string)
		etag, _ := object["eTag"].(string)
		key, err := url.QueryUnescape(key)
		if err != nil {
			return body
		}
		if v, ok := w.puts.Load("/" + w.input + "/" + key + etag); ok {
			object["versionId"], object["sequencer"] = v.(putVersion).id, w.sequencer(v.(putVersion).id)
		}
	}
	completed, err := json.Marshal(event)
	if err != nil {
		return body
	}
	return string(completed)
}
