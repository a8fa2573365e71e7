package dynamoledger

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ndjson-parquet/internal/pipeline"
)

// claimInChunks claims more files than one transaction can. First it writes the batch's row,
// claiming, with the keys it is about to claim; then the files, in chunks; last the row,
// manifested, with the files that it got. If it is interrupted, finish completes or undoes the
// claim.
func (l *Ledger) claimInChunks(ctx context.Context, r pipeline.ClaimRequest, counter item, row batchRow, pending,
	files []pipeline.File, gone map[string]bool) (pipeline.Batch, []pipeline.File, error) {
	row.Status = pipeline.Claiming
	writes, err := l.newBatch(r, counter, row)
	if err != nil {
		return pipeline.Batch{}, nil, err
	}
	if err := l.transact(ctx, writes); err != nil {
		return pipeline.Batch{}, nil, refused(err, 2, nil, gone)
	}
	for len(files) > 0 {
		n := min(len(files), maxTransaction-1)
		taken, err := l.claimChunk(ctx, &row, pending[:n], files[:n], gone)
		if err != nil {
			return pipeline.Batch{}, nil, err
		}
		if !taken {
			break // another worker has finished the batch
		}
		pending, files = pending[n:], files[n:]
	}
	if err := l.finish(ctx, row.ID, r.Now); err != nil {
		return pipeline.Batch{}, nil, err
	}
	b, claimed, err := l.Batch(ctx, row.ID)
	if errors.Is(err, pipeline.ErrNotFound) { // none of the files was pending any more
		return pipeline.Batch{}, nil, errContended
	}
	return b, claimed, err
}

// claimChunk claims those of the pending files that still are pending, in one transaction with the
// next revision of the batch's row, and adds the others to gone. It returns false if another worker
// has changed that row.
func (l *Ledger) claimChunk(ctx context.Context, row *batchRow, pending, files []pipeline.File,
	gone map[string]bool) (taken bool, err error) {
	pending, files = slices.Clone(pending), slices.Clone(files)
	err = again(ctx, func() error {
		next := *row
		next.rev++
		batch, err := l.batchItem(next)
		if err != nil {
			return err
		}
		writes := []types.TransactWriteItem{l.put(batch, unchangedBatch(*row))}
		for i, f := range files {
			writes = append(writes, l.put(l.fileItem(f, row.ManifestPath), l.unchanged(pending[i])))
		}
		err = l.transact(ctx, writes)
		var refusal *refusal
		if errors.As(err, &refusal) {
			if refusal.items[0] == 0 {
				return nil
			}
			for _, i := range slices.Backward(refusal.items) {
				gone[pending[i-1].Key] = true
				pending, files = slices.Delete(pending, i-1, i), slices.Delete(files, i-1, i)
			}
			return errContended
		}
		if err == nil {
			*row, taken = next, true
		}
		return err
	})
	return taken, err
}

// finish ends a batch that is claiming: forward, to manifested, with the files that were claimed
// for it, or back, by deleting its row, if there are none. The other files stay pending for the
// next batch. A slow worker cannot claim files for the batch any more, since each of its chunks
// depends on the revision that finish changes.
func (l *Ledger) finish(ctx context.Context, id pipeline.BatchID, now time.Time) error {
	return again(ctx, func() error {
		row, err := l.batchRow(ctx, id)
		if errors.Is(err, pipeline.ErrNotFound) || err == nil && row.Status != pipeline.Claiming {
			return nil
		}
		if err != nil {
			return err
		}
		files, err := l.filesOf(ctx, row)
		if err != nil {
			return err
		}
		if len(files) == 0 {
			return l.deleteIf(ctx, batchKey(id), unchangedBatch(row))
		}
		next := row
		next.rev++
		next.Status, next.UpdatedAt, next.FileCount, next.Bytes, next.keys = pipeline.Manifested, pipeline.Instant(now),
			len(files), 0, nil
		for _, f := range files {
			next.Bytes += f.Size
			next.keys = append(next.keys, f.Key)
		}
		batch, err := l.batchItem(next)
		if err != nil {
			return err
		}
		written, _, err := l.putIf(ctx, batch, unchangedBatch(row))
		if err == nil && !written {
			return errContended
		}
		return err
	})
}
