package main

import (
	"context"
	"errors"
	"fmt"

	"ndjson-parquet/internal/pipeline"
)

// settler writes a batch's outcome to the ledger: from its commit record, or, when the state machine says it failed, as a failure. A
// commit that stands wins: a task may have failed after it had published.
type settler struct{ *function }

// A settlementRequest is what the state machine knows of a batch at its end.
type settlementRequest struct {
	pipeline.ExecutionInput
	// Failure is set when a task failed for good: what the state machine caught.
	Failure *struct{ Error, Cause string } `json:"failure"`
}

// A settlementResponse tells how the batch was settled.
type settlementResponse struct {
	BatchID pipeline.BatchID `json:"batch_id"`
	Status  pipeline.Status  `json:"status"`
}

func (f settler) handle(ctx context.Context, in settlementRequest) (settlementResponse, error) {
	defer f.metrics.Flush(ctx)
	out, err := f.settle(ctx, in)
	if err != nil {
		f.pipeline.Log.Error("batch not settled", "batch", in.BatchID, "error", err)
	}
	return out, err
}

func (f settler) settle(ctx context.Context, in settlementRequest) (settlementResponse, error) {
	c, err := f.pipeline.ReadCommit(ctx, in.BatchID)
	switch {
	case err == nil:
		return settlementResponse{in.BatchID, pipeline.Completed}, f.pipeline.Settle(ctx, c)
	case !errors.Is(err, pipeline.ErrNotFound):
		return settlementResponse{}, err
	case in.Failure == nil:
		return settlementResponse{}, fmt.Errorf("batch %s has no commit record, and no failure was reported", in.BatchID)
	}
	cause := fmt.Errorf("%s: %s", in.Failure.Error, in.Failure.Cause)
	// The state machine sends the alert: it knows the execution.
	return settlementResponse{in.BatchID, pipeline.Failed}, f.pipeline.FailWithoutAlert(ctx, in.BatchID, "", cause)
}
