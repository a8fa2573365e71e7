package main

import (
	"context"

	"github.com/aws/aws-lambda-go/events"

	"ndjson-parquet/pipeline"
)

// manifestBuilder admits the files that a batch of queue messages tells of, claims what may be claimed of their dates and
// starts executions. A message whose files were not all recorded is handed back alone; its neighbours are done.
type manifestBuilder struct{ *function }

func (f manifestBuilder) handle(ctx context.Context, event events.SQSEvent) (events.SQSEventResponse, error) {
	defer f.metrics.Flush(ctx)
	var response events.SQSEventResponse
	dates := map[string]bool{}
	for _, message := range event.Records {
		if err := f.admit(ctx, message.Body, dates); err != nil {
			f.pipeline.Log.Error("message handed back to the queue", "message", message.MessageId, "error", err)
			response.BatchItemFailures = append(response.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: message.MessageId})
		}
	}
	for date := range dates {
		// The files are recorded: what fails here is done by the sweep, and the messages need not come again.
		if _, err := f.pipeline.Advance(ctx, date); err != nil {
			f.pipeline.Log.Error("date not advanced; the sweep will", "date", date, "error", err)
		}
	}
	return response, nil
}

// admit admits the files of one message and notes their dates.
func (f manifestBuilder) admit(ctx context.Context, body string, dates map[string]bool) error {
	arrivals, err := f.wiring.Arrivals(body)
	if err != nil {
		return err
	}
	for _, a := range arrivals {
		admission, err := f.pipeline.Admit(ctx, a)
		if err != nil {
			return err
		}
		if admission.File.Status == pipeline.Pending {
			dates[admission.File.DatePrefix] = true
		}
	}
	return nil
}
