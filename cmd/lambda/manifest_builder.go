package main

import (
	"context"

	"github.com/aws/aws-lambda-go/events"

	"ndjson-parquet/internal/pipeline"
)

// manifestBuilder admits the files that a batch of queue messages announces, claims files of their
// dates and starts executions. It returns a message to the queue if not all of its files were
// recorded; the other messages are done. It answers before its
// time limit: the messages that are left then are returned to the queue too.
type manifestBuilder struct{ *function }

// claimsPerInvocation bounds the batches that one invocation starts of a date: it has to answer the
// queue. Further invocations and the sweep start the others.
const claimsPerInvocation = 20

func (f manifestBuilder) handle(ctx context.Context, event events.SQSEvent) (events.SQSEventResponse, error) {
	defer f.metrics.Flush(ctx)
	ctx, cancel := withMargin(ctx)
	defer cancel()
	var response events.SQSEventResponse
	pending := map[string][]string{} // keys of the files that wait for a batch, by date
	for _, message := range event.Records {
		file, err := "", ctx.Err()
		if err == nil {
			file, err = f.admit(ctx, message.Body, pending)
		}
		if err != nil {
			f.pipeline.Log.Error("message returned to the queue", "message", message.MessageId, "file", file, "error",
				err)
			response.BatchItemFailures = append(response.BatchItemFailures,
				events.SQSBatchItemFailure{ItemIdentifier: message.MessageId})
		}
	}
	for date, files := range pending {
		// The files are recorded: the sweep repeats what fails here, and the messages need not be
		// delivered again.
		if _, err := f.pipeline.AdvanceUpTo(ctx, date, claimsPerInvocation); err != nil {
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
