package home

import (
	"context"
	"errors"

	"ndjson-parquet/convert/schema"
	"ndjson-parquet/internal/pipeline"
)

// A Home is a pipeline that stands somewhere, with everything an operator can change. Close it.
type Home struct {
	*View
	pipeline *pipeline.Pipeline
	redrive  Redriver
	executor Executor
}

// A Redriver admits the objects of the selected dead letters again. A letter whose object is gone
// is settled: there is nothing left to admit. Letters that are not selected are not among those
// left.
type Redriver func(ctx context.Context, selected func(pipeline.DeadLetter) bool) (Redriven, error)

// Redriven is the result of a redrive.
type Redriven struct {
	Settled int                   // letters that are gone
	Left    []pipeline.DeadLetter // letters that stay, with their errors; at most MostLeft
}

// MostLeft bounds Redriven.Left.
const MostLeft = 1000

// An Executor runs a home's executions in this process.
type Executor interface {
	// Wait returns when no execution is queued or running, with what became of the batches since it
	// was last called.
	Wait(ctx context.Context) (RunReport, error)
	// Progress returns how far the executions are.
	Progress() Progress
}

// Parts are what a Home is made of. All must be set, Executor excepted.
type Parts struct {
	View     *View
	Pipeline *pipeline.Pipeline
	Redrive  Redriver
	// Executor runs executions in this process. It is nil where they run elsewhere.
	Executor Executor
}

// New returns a home of the given parts.
func New(p Parts) (*Home, error) {
	if p.View == nil || p.Pipeline == nil || p.Redrive == nil {
		return nil, errors.New("a home needs a view, a pipeline and a way to redrive dead letters")
	}
	return &Home{p.View, p.Pipeline, p.Redrive, p.Executor}, nil
}

// ErrExecutedElsewhere says that an operation needs executions in this process, and the home has
// none.
var ErrExecutedElsewhere = errors.New("this pipeline's executions do not run in this process")

// Executor returns what runs the executions in this process; false if they run elsewhere, as on
// AWS.
func (h *Home) Executor() (Executor, bool) { return h.executor, h.executor != nil }

// Flush claims everything pending of a date and starts its batches.
func (h *Home) Flush(ctx context.Context, date string) ([]pipeline.BatchID, error) {
	return h.pipeline.Flush(ctx, date)
}

// Retry starts a failed batch again. The error is pipeline.ErrState if it has not failed.
func (h *Home) Retry(ctx context.Context, id pipeline.BatchID) error {
	_, err := h.pipeline.Retry(ctx, id)
	return err
}

// RetryFile puts a file that failed alone back to pending. The error is pipeline.ErrState if it
// cannot be retried.
func (h *Home) RetryFile(ctx context.Context, date, key string) (pipeline.File, error) {
	return h.pipeline.RetryFile(ctx, date, key)
}

// RetryDate retries every failed batch of a date and every file of it that failed alone.
func (h *Home) RetryDate(ctx context.Context, date string) ([]pipeline.BatchID, []pipeline.File, error) {
	return h.pipeline.RetryDate(ctx, date)
}

// Release accepts a quarantined file: it becomes pending. The error is pipeline.ErrState if it
// cannot be released.
func (h *Home) Release(ctx context.Context, date, key string) (pipeline.File, error) {
	return h.pipeline.Release(ctx, date, key)
}

// Redrive admits the objects of all dead letters again. It does not start a batch.
func (h *Home) Redrive(ctx context.Context) (Redriven, error) {
	return h.redrive(ctx, func(pipeline.DeadLetter) bool { return true })
}

// RedriveSelected is Redrive for the selected dead letters.
func (h *Home) RedriveSelected(ctx context.Context, selected func(pipeline.DeadLetter) bool) (Redriven, error) {
	return h.redrive(ctx, selected)
}

// Admit records an arrival. It does not start a batch.
func (h *Home) Admit(ctx context.Context, a pipeline.Arrival) (pipeline.Admission, error) {
	return h.pipeline.Admit(ctx, a)
}

// ForgetBatch removes the rows of a batch that has ended and of its files; ForgetFile that of a
// file. They are for test data.
func (h *Home) ForgetBatch(ctx context.Context, id pipeline.BatchID) error {
	return h.pipeline.Ledger.ForgetBatch(ctx, id)
}

// ForgetFile removes the row of a file; see ForgetBatch.
func (h *Home) ForgetFile(ctx context.Context, date, key string) error {
	return h.pipeline.Ledger.ForgetFile(ctx, date, key)
}

// Sweep makes one pass of the timed sweep.
func (h *Home) Sweep(ctx context.Context, o pipeline.SweepOptions) (pipeline.SweepReport, error) {
	return h.pipeline.Sweep(ctx, o)
}

// SetColumnType changes the type of a column and converts the affected batches again, in this
// process. onBatch is called after each. The error is ErrExecutedElsewhere where this process does
// not convert.
func (h *Home) SetColumnType(
	ctx context.Context, column string, t schema.Type, onBatch func(done, all int),
) (pipeline.Reconversion, error) {
	if h.executor == nil {
		return pipeline.Reconversion{}, ErrExecutedElsewhere
	}
	return h.pipeline.SetColumnType(ctx, column, t, onBatch)
}

// Reprocess converts completed batches again, in this process, and replaces their output; see
// pipeline.Pipeline.Reprocess. The error is ErrExecutedElsewhere where this process does not
// convert.
func (h *Home) Reprocess(
	ctx context.Context, ids []pipeline.BatchID, dryRun bool, onBatch func(done, all int),
) (pipeline.Reconversion, error) {
	if h.executor == nil {
		return pipeline.Reconversion{}, ErrExecutedElsewhere
	}
	return h.pipeline.Reprocess(ctx, ids, dryRun, onBatch)
}
