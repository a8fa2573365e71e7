package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"ndjson-parquet/internal/objectstore"
)

// Settle writes the outcome of a committed batch to the ledger. It may be repeated: then it sends
// the alerts again, since a crash may have prevented them, but counts and logs nothing.
func (p *Pipeline) Settle(ctx context.Context, c Commit) error {
	for _, in := range c.Inputs {
		if in.Status == Quarantined {
			if err := p.quarantineInput(ctx, c, in); err != nil {
				return err
			}
		}
	}
	changed, err := p.Ledger.Settle(ctx, c.toSettlement(p.now()))
	if err != nil {
		return fmt.Errorf("settle %s: %w", c.Batch, err)
	}
	for _, in := range c.Inputs {
		if in.Status == Failed && in.Reason != ReasonIsolated {
			p.sendAlert(ctx, c.Batch, Alert{
				FunctionError: fmt.Sprintf("File failed: %s", in.URI),
				DatePrefix:    c.DatePrefix,
				ManifestPath:  c.ManifestPath,
				Error:         AlertError{Error: in.Reason, Cause: in.Detail},
				ExecutionArn:  string(c.Batch),
				File:          in.FileKey,
			})
		}
	}
	p.tagProcessed(ctx, c)
	if changed {
		p.recordCompletion(ctx, c)
	}
	return nil
}

// The tag of input whose records are published. A lifecycle rule may expire objects with it, and no
// others.
const (
	ProcessedTag   = "ndjson-parquet"
	ProcessedValue = "processed"
)

// tagProcessed tags the completed inputs of a commit where the pipeline owns the input and its
// store has tags. An input that cannot be tagged is kept, so errors are only logged.
func (p *Pipeline) tagProcessed(ctx context.Context, c Commit) {
	store, ok := p.Input.(objectstore.Tagger)
	if !ok || !p.Config.OwnsInput {
		return
	}
	var group errgroup.Group
	group.SetLimit(8)
	for _, in := range c.Inputs {
		key, inside := p.Input.Key(in.URI)
		if in.Status != Completed || !inside {
			continue
		}
		o := objectstore.Object{Key: key, ETag: in.ETag, VersionID: in.VersionID}
		group.Go(func() error {
			err := store.Tag(ctx, o, ProcessedTag, ProcessedValue)
			if err != nil && !errors.Is(err, objectstore.ErrNotFound) {
				p.Log.Warn("processed file not tagged: it will not expire", "batch", c.Batch, "file", in.FileKey,
					"error", err)
			}
			return nil
		})
	}
	_ = group.Wait() // its functions return no errors
}

// recordCompletion counts and logs a batch that was completed just now.
func (p *Pipeline) recordCompletion(ctx context.Context, c Commit) {
	var failed, quarantined, bytesIn, bytesOut int64
	for _, in := range c.Inputs {
		bytesIn += in.Size
		switch in.Status {
		case Failed:
			if in.Reason != ReasonIsolated {
				failed++
			}
		case Quarantined:
			quarantined++
		}
	}
	for _, o := range c.Outputs {
		bytesOut += o.Size
	}
	for _, m := range []struct {
		name  string
		value float64
	}{
		{MetricBatchesCompleted, 1},
		{MetricRows, float64(c.Rows)},
		{MetricRejected, float64(c.Rejected)},
		{MetricRescued, float64(c.Rescued)},
		{MetricBytesIn, float64(bytesIn)},
		{MetricBytesOut, float64(bytesOut)},
		{MetricBatchSeconds, float64(c.DurationMS) / 1000},
	} {
		p.Metrics.Count(ctx, m.name, m.value)
	}
	// Each metric of CloudWatch costs money, and these are rare.
	if failed > 0 {
		p.Metrics.Count(ctx, MetricFilesFailed, float64(failed))
	}
	if quarantined > 0 {
		p.Metrics.Count(ctx, MetricFilesQuarantined, float64(quarantined))
	}
	p.Log.Info("batch completed", "batch", c.Batch, "files", len(c.Inputs), "rows", c.Rows, "rejected", c.Rejected,
		"rescued", c.Rescued, "duration_ms", c.DurationMS)
}

// toSettlement returns the settlement of a committed batch.
func (c Commit) toSettlement(now time.Time) Settlement {
	s := Settlement{ID: c.Batch, Status: Completed, Engine: c.Engine, Files: map[string]FileResult{},
		Outputs: c.Outputs, Now: now}
	for _, in := range c.Inputs {
		result := FileResult{Status: in.Status, Reason: in.Reason, Detail: in.Detail, Counts: in.counts()}
		if in.Reason == ReasonIsolated {
			result.Status = Pending
		}
		s.Files[in.FileKey] = result
	}
	return s
}

// quarantineInput moves a file that the conversion refused from the input to quarantine.
func (p *Pipeline) quarantineInput(ctx context.Context, c Commit, in CommitInput) error {
	key, ok := p.Input.Key(in.URI)
	if !ok {
		return nil // it was released from quarantine, where it still is
	}
	o := objectstore.Object{Key: key, ETag: in.ETag, VersionID: in.VersionID, Size: in.Size}
	f := File{
		DatePrefix: c.DatePrefix, Key: in.FileKey, Reason: in.Reason, Detail: in.Detail,
		Version: Version{ETag: in.ETag}, Size: in.Size,
	}
	_, err := p.quarantineCopy(ctx, f, o)
	if err == nil {
		err = p.removeFromInput(ctx, o)
	}
	if err != nil && !isGone(err) {
		return fmt.Errorf("quarantine %s: %w", in.FileKey, err)
	}
	return nil
}

// Fail settles a batch as failed and sends an alert with the cause. Its files wait for a retry.
func (p *Pipeline) Fail(ctx context.Context, id BatchID, engine string, cause error) error {
	if err := p.FailWithoutAlert(ctx, id, engine, cause); err != nil {
		return err
	}
	p.sendAlert(ctx, id, Alert{
		FunctionError: fmt.Sprintf("Conversion failed for manifest: %s", p.ManifestPath(id)),
		DatePrefix:    id.Date(),
		ManifestPath:  p.ManifestPath(id),
		Error:         AlertError{Error: ReasonBatchFailed, Cause: cause.Error()},
		ExecutionArn:  string(id),
	})
	return nil
}

// FailWithoutAlert settles a batch as failed, for a caller that has another way to send the alert.
func (p *Pipeline) FailWithoutAlert(ctx context.Context, id BatchID, engine string, cause error) error {
	changed, err := p.Ledger.Settle(ctx,
		Settlement{ID: id, Status: Failed, Engine: engine, Error: cause.Error(), Now: p.now()})
	if err != nil {
		return fmt.Errorf("settle %s as failed: %w", id, err)
	}
	if changed {
		p.Metrics.Count(ctx, MetricBatchesFailed, 1)
		p.Log.Error("batch failed", "batch", id, "error", cause)
	}
	return nil
}

func (p *Pipeline) sendAlert(ctx context.Context, id BatchID, a Alert) {
	a.Timestamp = p.now().Format(timestampLayout)
	if err := p.Notifier.Alert(ctx, a); err != nil {
		p.Log.Error("alert not sent", "batch", id, "file", a.File, "alert", a.FunctionError, "error", err)
	}
}

// isGone reports whether a store says that the version asked for does not exist any more.
func isGone(err error) bool {
	return errors.Is(err, objectstore.ErrNotFound) || errors.Is(err, objectstore.ErrChanged)
}
