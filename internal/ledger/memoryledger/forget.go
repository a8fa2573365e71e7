package memoryledger

import (
	"context"
	"fmt"
	"slices"

	"ndjson-parquet/internal/pipeline"
)

// ForgetFile implements pipeline.Ledger.
func (l *Ledger) ForgetFile(ctx context.Context, date, key string) error {
	if err := ready(ctx, nil); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	f, ok := l.date(date).files[key]
	if !ok {
		return nil
	}
	if f.Status == pipeline.Manifested || f.Status == pipeline.Processing {
		return fmt.Errorf("file %s is %s: %w", key, f.Status, pipeline.ErrState)
	}
	l.date(date).remove(f)
	return nil
}

// ForgetBatch implements pipeline.Ledger. The batch's place stays, empty, so that its number is not
// used again.
func (l *Ledger) ForgetBatch(ctx context.Context, id pipeline.BatchID) error {
	if err := ready(ctx, nil); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	p, e := l.find(id)
	if e == nil {
		return nil
	}
	if !e.Status.Final() {
		return fmt.Errorf("batch %s is %s: %w", id, e.Status, pipeline.ErrState)
	}
	for _, key := range e.keys {
		if f := p.files[key]; f.BatchID == id {
			p.remove(f)
		}
	}
	*e = entry{}
	return nil
}

// remove deletes a row.
func (p *partition) remove(f pipeline.File) {
	if f.Status == pipeline.Pending {
		i, _ := slices.BinarySearchFunc(p.pending, f, byArrival)
		p.pending = slices.Delete(p.pending, i, i+1)
	}
	delete(p.files, f.Key)
}
