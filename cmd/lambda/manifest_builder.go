package main

import (
	"context"

	"github.com/aws/aws-lambda-go/events"

	"ndjson-parquet/internal/pipeline"
)

// manifestBuilder admits the files that a batch of queue messages tells of, claims what may be claimed of their dates and
// starts executions. A message whose files were not all recorded is handed back alone; its neighbours are done.
type manifestBuilder struct{ *function }

func (f manifestBuilder) handle(ctx context.Context, event events.SQSEvent) (events.SQSEventResponse, error) {
	defer f.metrics.Flush(ctx)
	var response events.SQSEventResponse
	pending := map[string][]string{} // keys of the files that now wait for a batch, by date
	for _, message := range event.Records {
		if file, err := f.admit(ctx, message.Body, pending); err != nil {
			f.pipeline.Log.Error("message handed back to the queue", "message", message.MessageId, "file", file, "error", err)
			response.BatchItemFailures = append(response.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: message.MessageId})
		}
	}
	for date, files := range pending {
		// The files are recorded: what fails here is done by the sweep, and the messages need not come again.
		if _, err := f.pipeline.Advance(ctx, date); err != nil {
			f.pipeline.Log.Error("date not advanced; the sweep will", "date", date, "files", files, "error", err)
		}
	}
	return response, nil
}

// admit admits the files of one message and adds those that wait for a batch to pending. With an error it returns the file it is
// about, if it could be told.
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
