package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ndjson-parquet/internal/objectstore"
)

// Settle writes a committed batch's outcome to the ledger. It may be repeated.
func (p *Pipeline) Settle(ctx context.Context, c Commit) error {
	for _, in := range c.Inputs {
		if in.Status == Quarantined {
			if err := p.quarantineInput(ctx, c, in); err != nil {
				return err
			}
		}
	}
	if err := p.Ledger.Settle(ctx, c.toSettlement(p.now())); err != nil {
		return fmt.Errorf("settle %s: %w", c.Batch, err)
	}
	var bytesIn, bytesOut int64
	for _, in := range c.Inputs {
		bytesIn += in.Size
		if in.Status == Failed {
			p.Metrics.Count(ctx, MetricFilesFailed, 1)
			p.sendAlert(ctx, c.Batch, Alert{
				FunctionError: fmt.Sprintf("File failed: %s", in.URI), DatePrefix: c.DatePrefix, ManifestPath: c.ManifestPath,
				Error: AlertError{Error: in.Reason, Cause: in.Detail}, ExecutionArn: string(c.Batch), File: in.FileKey,
			})
		}
	}
	for _, o := range c.Outputs {
		bytesOut += o.Size
	}
	p.Metrics.Count(ctx, MetricBatchesCompleted, 1)
	p.Metrics.Count(ctx, MetricRows, float64(c.Rows))
	p.Metrics.Count(ctx, MetricRejected, float64(c.Rejected))
	p.Metrics.Count(ctx, MetricRescued, float64(c.Rescued))
	p.Metrics.Count(ctx, MetricBytesIn, float64(bytesIn))
	p.Metrics.Count(ctx, MetricBytesOut, float64(bytesOut))
	p.Metrics.Count(ctx, MetricBatchSeconds, float64(c.DurationMS)/1000)
	p.Log.Info("batch completed", "batch", c.Batch, "files", len(c.Inputs), "rows", c.Rows, "rejected", c.Rejected, "rescued", c.Rescued, "duration_ms", c.DurationMS)
	return nil
}

// toSettlement is what a commit means to the ledger.
func (c Commit) toSettlement(now time.Time) Settlement {
	s := Settlement{ID: c.Batch, Status: Completed, Engine: c.Engine, Files: map[string]FileResult{}, Outputs: c.Outputs, Now: now}
	for _, in := range c.Inputs {
		s.Files[in.FileKey] = FileResult{
			Status: in.Status, Reason: in.Reason, Detail: in.Detail,
			Counts: Counts{Lines: in.Lines, Rows: in.Rows, Rejected: in.Rejected, Blank: in.Blank, Rescued: in.Rescued},
		}
	}
	return s
}

// quarantineInput moves a file that conversion refused to quarantine.
func (p *Pipeline) quarantineInput(ctx context.Context, c Commit, in CommitInput) error {
	key, ok := p.Input.Key(in.URI)
	if !ok {
		return nil // released from quarantine: it is there
	}
	o := objectstore.Object{Key: key, ETag: in.ETag, VersionID: in.VersionID, Size: in.Size}
	f := File{DatePrefix: c.DatePrefix, Key: in.FileKey, Reason: in.Reason, Detail: in.Detail, Version: Version{ETag: in.ETag}, Size: in.Size}
	_, err := p.quarantineCopy(ctx, f, o)
	if err == nil {
		p.Metrics.Count(ctx, MetricFilesQuarantined, 1)
		err = p.removeFromInput(ctx, o)
	}
	if err != nil && !errors.Is(err, objectstore.ErrNotFound) && !errors.Is(err, objectstore.ErrChanged) {
		return fmt.Errorf("quarantine %s: %w", in.FileKey, err)
	}
	return nil
}

// Fail settles a batch as failed, with the reason, and tells people. Its files wait for retry.
func (p *Pipeline) Fail(ctx context.Context, id BatchID, engine string, cause error) error {
	if err := p.FailWithoutAlert(ctx, id, engine, cause); err != nil {
		return err
	}
	p.sendAlert(ctx, id, Alert{
		FunctionError: fmt.Sprintf("Conversion failed for manifest: %s", p.ManifestPath(id)), DatePrefix: id.Date(),
		ManifestPath: p.ManifestPath(id), Error: AlertError{Error: ReasonBatchFailed, Cause: cause.Error()}, ExecutionArn: string(id),
	})
	return nil
}

// FailWithoutAlert is Fail where somebody else sends the alert.
func (p *Pipeline) FailWithoutAlert(ctx context.Context, id BatchID, engine string, cause error) error {
	err := p.Ledger.Settle(ctx, Settlement{ID: id, Status: Failed, Engine: engine, Error: cause.Error(), Now: p.now()})
	if err != nil {
		return fmt.Errorf("settle %s as failed: %w", id, err)
	}
	p.Metrics.Count(ctx, MetricBatchesFailed, 1)
	p.Log.Error("batch failed", "batch", id, "error", cause)
	return nil
}

func (p *Pipeline) sendAlert(ctx context.Context, id BatchID, a Alert) {
	a.Timestamp = p.now().Format(timestampLayout)
	if err := p.Notifier.Alert(ctx, a); err != nil {
		p.Log.Error("an alert could not be sent", "batch", id, "file", a.File, "alert", a.FunctionError, "error", err)
	}
}
