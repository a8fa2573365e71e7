package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"ndjson-parquet/internal/awsports"
	"ndjson-parquet/internal/pipeline"
)

// settler is the only writer of the ledger in a workflow. Its step "start" records an attempt at
// the batch. Its step "settle" writes the outcome: from the commit record, or as a failure if the
// state machine reports one. An existing commit wins, because a task may have failed after it had
// published.
type settler struct{ *function }

// The steps of a settler.
const (
	stepStart  = "start"
	stepSettle = "settle"
)

// A settlementRequest is what the state machine knows about a batch.
type settlementRequest struct {
	Step         string `json:"step"`
	ManifestPath string `json:"manifest_path"` // names the batch
	ExecutionARN string `json:"execution_arn"`
	JobRun       string `json:"glue_job_run_id"`
	// Failure is the error that the state machine caught when a task failed for good.
	Failure *struct{ Error, Cause string } `json:"failure"`
}

// A settlementResponse is the state of a batch and, after the step "start", the limits of the
// attempt.
type settlementResponse struct {
	BatchID pipeline.BatchID `json:"batch_id"`
	Status  pipeline.Status  `json:"status"`
	Bytes   int64            `json:"bytes"`
	// Last says that MAX_ATTEMPTS allows no attempt after this one.
	Last bool `json:"last"`
	// PauseSeconds is how long to wait if this attempt fails.
	PauseSeconds int `json:"pause_seconds"`
}

func (f settler) handle(ctx context.Context, in settlementRequest) (out settlementResponse, err error) {
	defer f.metrics.Flush(ctx)
	ctx, cancel := withMargin(ctx)
	defer cancel()
	ctx = awsports.WithExecution(ctx, in.ExecutionARN)
	id, err := f.pipeline.BatchOfManifest(in.ManifestPath)
	switch {
	case err != nil:
	case in.Step == stepStart:
		out, err = f.start(ctx, id, in)
	case in.Step == stepSettle:
		out, err = f.settle(ctx, id, in)
	default:
		err = fmt.Errorf("the step %q is not known: expected %s or %s", in.Step, stepStart, stepSettle)
	}
	if err != nil {
		f.pipeline.Log.Error("the ledger was not written", "step", in.Step, "batch", id, "manifest", in.ManifestPath,
			"error", err)
	}
	return out, err
}

// start records an attempt. A settled batch stays as it is, except a failed one in an execution
// that an operator started by hand, which is a retry.
func (f settler) start(ctx context.Context, id pipeline.BatchID, in settlementRequest) (settlementResponse, error) {
	b, err := f.pipeline.Ledger.RecordAttempt(ctx, id, time.Now())
	if errors.Is(err, pipeline.ErrState) {
		if b, _, err = f.pipeline.Ledger.Batch(ctx, id); err != nil {
			return settlementResponse{}, err
		}
		execution := in.ExecutionARN[strings.LastIndex(in.ExecutionARN, ":")+1:]
		if b.Status != pipeline.Failed || strings.HasPrefix(execution, string(id)) {
			return settlementResponse{BatchID: id, Status: b.Status}, nil
		}
		if _, err = f.pipeline.Ledger.Retry(ctx, id, time.Now()); err == nil {
			b, err = f.pipeline.Ledger.RecordAttempt(ctx, id, time.Now())
		}
	}
	if err != nil {
		return settlementResponse{}, err
	}
	return settlementResponse{
		BatchID: id, Status: b.Status, Bytes: b.Bytes,
		Last: b.Attempts >= f.pipeline.Config.MaxAttempts, PauseSeconds: pauseAfter(b.Attempts),
	}, nil
}

// pauseAfter returns the wait in seconds after the n-th failed attempt: 5, 15, 45, 135, then 300.
func pauseAfter(n int) int {
	pause := 5
	for ; n > 1 && pause < 300; n-- {
		pause *= 3
	}
	return min(pause, 300)
}

func (f settler) settle(ctx context.Context, id pipeline.BatchID, in settlementRequest) (settlementResponse, error) {
	c, err := f.pipeline.ReadCommit(ctx, id)
	switch {
	case err == nil:
		if in.JobRun != "" {
			if err := f.wiring.Ledger.SetJobRun(ctx, id, in.JobRun); err != nil {
				return settlementResponse{}, err
			}
		}
		if err := f.pipeline.Settle(ctx, c); err != nil {
			return settlementResponse{}, err
		}
		f.followSchema(ctx, c)
		return settlementResponse{BatchID: id, Status: pipeline.Completed}, nil
	case !errors.Is(err, pipeline.ErrNotFound):
		return settlementResponse{}, err
	case in.Failure == nil:
		return settlementResponse{}, fmt.Errorf("batch %s has no commit record, and no failure was reported", id)
	}
	cause := fmt.Errorf("%s: %s", in.Failure.Error, in.Failure.Cause)
	// The state machine sends the alert, because it knows the execution.
	return settlementResponse{BatchID: id, Status: pipeline.Failed}, f.pipeline.FailWithoutAlert(ctx, id, "", cause)
}

// followSchema shows new columns in the catalog. The batch is settled whether or not that succeeds;
// the next batch tries again.
func (f settler) followSchema(ctx context.Context, c pipeline.Commit) {
	if f.catalog == nil {
		return
	}
	if err := f.catalog.Follow(ctx, c.SchemaVersion); err != nil {
		f.pipeline.Log.Error("the catalog table does not follow the schema", "batch", c.Batch, "schema_version",
			c.SchemaVersion, "error", err)
	}
}
