package main

import (
	"context"

	"github.com/aws/aws-lambda-go/events"

	"ndjson-parquet/internal/pipeline"
)

// manifestBuilder admits the files that a batch of queue messages announces, claims files of their
// dates and starts executions. It returns a message to the queue if not all of its files were
// recorded; the other messages are done.
type manifestBuilder struct{ *function }

func (f manifestBuilder) handle(ctx context.Context, event events.SQSEvent) (events.SQSEventResponse, error) {
	defer f.metrics.Flush(ctx)
	var response events.SQSEventResponse
	pending := map[string][]string{} // keys of the files that wait for a batch, by date
	for _, message := range event.Records {
		if file, err := f.admit(ctx, message.Body, pending); err != nil {
			f.pipeline.Log.Error("message returned to the queue", "message", message.MessageId, "file", file, "error",
				err)
			response.BatchItemFailures = append(response.BatchItemFailures,
				events.SQSBatchItemFailure{ItemIdentifier: message.MessageId})
		}
	}
	for date, files := range pending {
		// The files are recorded: the sweep repeats what fails here, and the messages need not be
		// delivered again.
		if _, err := f.pipeline.Advance(ctx, date); err != nil {
			f.pipeline.Log.Error("date not advanced; the sweep will", "date", date, "files", files, "error", err)
		}
	}
	return response, nil
}

// admit admits the files of one message and adds those that wait for a batch to pending. With an
// error it returns the file concerned, if it is known.
func (f manifestBuilder) admit(ctx context.Context, body string, pending map[string][]string) (file string, err error) {
	arrivals, err := f.wiring.Arrivals(body)
	if err != nil {
		return "", err
	}
	for _, a := range arrivals {
		admission, err := f.pipeline.Admit(ctx, a)
		if err != nil {
			return a.Key, err
		}
		if admission.File.Status == pipeline.Pending {
			pending[admission.File.DatePrefix] = append(pending[admission.File.DatePrefix], admission.File.Key)
		}
	}
	return "", nil
}
