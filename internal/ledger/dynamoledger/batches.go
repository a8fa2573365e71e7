package dynamoledger

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ndjson-parquet/internal/pipeline"
)

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

// SetJobRun keeps the name of the Glue job's run that converted a batch, as the attribute
// glue_job_run_id.
func (l *Ledger) SetJobRun(ctx context.Context, id pipeline.BatchID, run string) error {
	return l.explain("write to", again(ctx, func() error {
		was, err := l.batchRow(ctx, id)
		if err != nil || was.other.text(jobRun) == run {
			return err
		}
		is := was
		is.rev++
		is.other = maps.Clone(was.other)
		is.other[jobRun] = text(run)
		return l.transactBatch(ctx, was, is, nil)
	}))
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
//
// For up to 99 files it is one transaction. For more, the files change first, in chunks, and the
// batch's status last: an interrupted change has not happened, and repeating it completes it. Every
// chunk also increases the batch's revision, so that two changes of one batch cannot mix.
func (l *Ledger) change(ctx context.Context, id pipeline.BatchID,
	decide func(pipeline.Batch) (pipeline.Batch, step, error)) (changed pipeline.Batch, err error) {
	err = again(ctx, func() error {
		row, err := l.batchRow(ctx, id)
		if err != nil {
			return err
		}
		b, each, err := decide(row.Batch)
		changed = b
		if err != nil || each == nil {
			return err
		}
		files, err := l.filesOf(ctx, row)
		if err != nil {
			return err
		}
		var writes []types.TransactWriteItem
		for _, f := range files {
			next, changes := each(f, b)
			if !changes {
				continue
			}
			writes = append(writes, l.put(l.fileItem(next, b.ManifestPath), l.unchanged(f)))
		}
		for len(writes) >= maxTransaction {
			next := row
			next.rev++
			if err := l.transactBatch(ctx, row, next, writes[:maxTransaction-1]); err != nil {
				return err
			}
			row, writes = next, writes[maxTransaction-1:]
		}
		next := row
		next.Batch, next.rev = b, row.rev+1
		return l.transactBatch(ctx, row, next, writes)
	})
	return changed, l.explain("write to", err)
}

// transactBatch writes the next state of a batch's row together with other rows. errContended if
// any of them is no longer as it was read.
func (l *Ledger) transactBatch(ctx context.Context, was, is batchRow, others []types.TransactWriteItem) error {
	batch, err := l.batchItem(is)
	if err != nil {
		return err
	}
	err = l.transact(ctx, append([]types.TransactWriteItem{l.put(batch, unchangedBatch(was))}, others...))
	var refusal *refusal
	if errors.As(err, &refusal) {
		return errContended
	}
	return err
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
	err = again(ctx, func() error {
		row, err := l.File(ctx, date, key)
		if err != nil {
			return err
		}
		if f, err = decide(row); err != nil {
			return err
		}
		written, _, err := l.putIf(ctx, l.fileItem(f, ""), l.unchanged(row))
		if err == nil && !written {
			return errContended
		}
		return err
	})
	return f, l.explain("write to", err)
}
