package pipeline

import (
	"context"
	"fmt"
)

// ExecutionInput is the input of an execution: the four fields of the original design
// (docs/DESIGN.md), and those added to it.
type ExecutionInput struct {
	ManifestPath  string  `json:"manifest_path"`
	DatePrefix    string  `json:"date_prefix"`
	FileCount     int     `json:"file_count"`
	Timestamp     string  `json:"timestamp"` // time of the claim: RFC 3339, milliseconds, UTC
	BatchID       BatchID `json:"batch_id"`
	ExecutionName string  `json:"execution_name"`
	ManifestKey   string  `json:"manifest_key"`
	RowKey        string  `json:"row_key"` // range key of the batch's ledger row
	Bytes         int64   `json:"bytes"`
}

// startExecution starts a batch's execution. It may be repeated.
func (p *Pipeline) startExecution(ctx context.Context, b Batch, m Manifest) error {
	in := ExecutionInput{
		ManifestPath:  p.ManifestPath(b.ID),
		DatePrefix:    b.ID.Date(),
		FileCount:     len(m.Batch.Files),
		Timestamp:     m.Batch.CreatedAt.UTC().Format(timestampLayout),
		BatchID:       b.ID,
		ExecutionName: b.ExecutionName(),
		ManifestKey:   ManifestKey(b.ID),
		RowKey:        RowKey(b.ID),
		Bytes:         b.Bytes,
	}
	if err := p.Starter.Start(ctx, in); err != nil {
		return fmt.Errorf("start the execution of %s: %w", b.ID, err)
	}
	p.Metrics.Count(ctx, MetricBatchesStarted, 1)
	p.Log.Debug("execution started", "batch", b.ID, "execution", in.ExecutionName)
	return nil
}
