package sqliteledger

import (
	"context"
	"errors"
	"time"

	"ndjson-parquet/internal/pipeline"
)

const (
	selectPending = "SELECT " + fileColumns +
		" FROM file_tracking WHERE date_prefix = ? AND status = 'pending' ORDER BY created_at, file_key LIMIT ?"
	selectLastNum = "SELECT ifnull(max(num), 0) FROM batches WHERE date_prefix = ?"
	// created_at and file_key do not change while a file belongs to a batch, so this is the order
	// of the claim.
	selectFilesOfBatch = "SELECT " + fileColumns +
		" FROM file_tracking WHERE batch_id = ? ORDER BY created_at, file_key"
)

// Claim implements pipeline.Ledger. It is one transaction, which needs no lease: a second worker
// waits for a moment and then finds the next files.
func (l *Ledger) Claim(ctx context.Context, r pipeline.ClaimRequest) (b pipeline.Batch, files []pipeline.File,
	err error) {
	if err := errors.Join(ctx.Err(), r.Check()); err != nil {
		return b, nil, err
	}
	err = l.writer.write(ctx, func(t *transaction) error {
		rows, err := t.query(selectPending, r.Date, r.Max)
		pending, err := collect(rows, err, scanFile)
		if err != nil {
			return err
		}
		if pending = r.Chosen(pending); len(pending) == 0 {
			return nil
		}
		rows, err = t.query(selectLastNum, r.Date)
		last, err := collect(rows, err, func(row interface{ Scan(...any) error }) (num int, err error) {
			return num,
				row.Scan(&num)
		})
		if err != nil {
			return err
		}
		b, files = r.ClaimedBatch(last[0]+1, pending)
		values, err := batchValues(b)
		if err != nil {
			return err
		}
		if _, err := t.exec(insertBatch, values...); err != nil {
			return err
		}
		for i, f := range files {
			if err := t.update(pending[i], f); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return pipeline.Batch{}, nil, explain(l.path, err)
	}
	return b, files, nil
}

// RecordAttempt implements pipeline.Ledger.
func (l *Ledger) RecordAttempt(ctx context.Context, id pipeline.BatchID, now time.Time) (pipeline.Batch, error) {
	return l.change(ctx, id, func(b pipeline.Batch) (pipeline.Batch, step, error) {
		b, err := b.AsProcessing(now)
		return b, pipeline.File.AsProcessing, err
	})
}

// Settle implements pipeline.Ledger.
func (l *Ledger) Settle(ctx context.Context, s pipeline.Settlement) (changed bool, err error) {
	_, err = l.change(ctx, s.ID, func(b pipeline.Batch) (pipeline.Batch, step, error) {
		b, changed, err = s.SettledBatch(b)
		if !changed {
			return b, nil, err
		}
		return b, func(f pipeline.File, _ pipeline.Batch) (pipeline.File, bool) { return s.SettledFile(f), true }, nil
	})
	return changed && err == nil, err
}

// Retry implements pipeline.Ledger.
func (l *Ledger) Retry(ctx context.Context, id pipeline.BatchID, now time.Time) (pipeline.Batch, error) {
	return l.change(ctx, id, func(b pipeline.Batch) (pipeline.Batch, step, error) {
		b, err := b.AsRetried(now)
		return b, pipeline.File.AsRetried, err
	})
}

// A step returns a file of a batch after a change of the batch, and false if the file does not
// change.
type step func(pipeline.File, pipeline.Batch) (pipeline.File, bool)

// change applies decide to a batch, and the step that decide returns to each of its files. A nil
// step changes nothing.
func (l *Ledger) change(ctx context.Context, id pipeline.BatchID,
	decide func(pipeline.Batch) (pipeline.Batch, step, error)) (b pipeline.Batch, err error) {
	if err := ctx.Err(); err != nil {
		return b, err
	}
	key, err := batchKey(id)
	if err != nil {
		return b, err
	}
	err = l.writer.write(ctx, func(t *transaction) error {
		rows, err := t.query(selectBatch, key...)
		found, err := collect(rows, err, scanBatch)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return pipeline.BatchNotFound(id)
		}
		var each step
		if b, each, err = decide(found[0]); err != nil || each == nil {
			return err
		}
		values, err := batchValues(b)
		if err != nil {
			return err
		}
		if _, err := t.exec(updateBatch, values...); err != nil {
			return err
		}
		rows, err = t.query(selectFilesOfBatch, string(id))
		files, err := collect(rows, err, scanFile)
		if err != nil {
			return err
		}
		for _, f := range files {
			if next, changed := each(f, b); changed {
				if err := t.update(f, next); err != nil {
					return err
				}
			}
		}
		return nil
	})
	return b, explain(l.path, err)
}

// Release implements pipeline.Ledger.
func (l *Ledger) Release(ctx context.Context, date, key, path, readETag string, now time.Time) (pipeline.File, error) {
	return l.changeFile(ctx, date, key, func(f pipeline.File) (pipeline.File, error) {
		return f.AsReleased(path, readETag, now)
	})
}

// RetryFile implements pipeline.Ledger.
func (l *Ledger) RetryFile(ctx context.Context, date, key string, now time.Time) (pipeline.File, error) {
	return l.changeFile(ctx, date, key, func(f pipeline.File) (pipeline.File, error) { return f.AsRetriedAlone(now) })
}

func (l *Ledger) changeFile(ctx context.Context, date, key string,
	decide func(pipeline.File) (pipeline.File, error)) (f pipeline.File, err error) {
	if err := ctx.Err(); err != nil {
		return f, err
	}
	err = l.writer.write(ctx, func(t *transaction) error {
		row, there, err := t.file(date, key)
		if err != nil {
			return err
		}
		if !there {
			return pipeline.FileNotFound(date, key)
		}
		if f, err = decide(row); err != nil {
			return err
		}
		return t.update(row, f)
	})
	return f, explain(l.path, err)
}
