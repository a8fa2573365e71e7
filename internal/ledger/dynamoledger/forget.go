package dynamoledger

import (
	"context"
	"errors"
	"fmt"

	"ndjson-parquet/internal/pipeline"
)

// ForgetFile implements pipeline.Ledger.
func (l *Ledger) ForgetFile(ctx context.Context, date, name string) error {
	return l.explain("write to", again(ctx, func() error {
		f, err := l.File(ctx, date, name)
		if errors.Is(err, pipeline.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if f.Status == pipeline.Manifested || f.Status == pipeline.Processing {
			return fmt.Errorf("file %s is %s: %w", name, f.Status, pipeline.ErrState)
		}
		return l.deleteIf(ctx, key(date, name), l.unchanged(f))
	}))
}

// ForgetBatch implements pipeline.Ledger. It deletes the files first: what an interruption leaves,
// a repetition deletes.
func (l *Ledger) ForgetBatch(ctx context.Context, id pipeline.BatchID) error {
	return l.explain("write to", again(ctx, func() error {
		row, err := l.batchRow(ctx, id)
		if errors.Is(err, pipeline.ErrNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if !row.Status.Final() {
			return fmt.Errorf("batch %s is %s: %w", id, row.Status, pipeline.ErrState)
		}
		files, err := l.filesOf(ctx, row)
		if err != nil {
			return err
		}
		for _, f := range files {
			if err := l.deleteIf(ctx, key(f.DatePrefix, f.Key), l.unchanged(f)); err != nil {
				return err
			}
		}
		return l.deleteIf(ctx, key(id.Date(), pipeline.RowKeyPrefix+id.Name()), unchangedBatch(row))
	}))
}
