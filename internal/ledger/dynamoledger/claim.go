package dynamoledger

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ndjson-parquet/internal/pipeline"
)

const (
	// maxSingle is how many files one transaction claims, beside the rows of the batch and the
	// counter.
	maxSingle = maxTransaction - 2
	// maxKeyBytes limits the keys that a batch's row lists. A row may have 400 KB, and its outputs
	// come later.
	maxKeyBytes = 250_000
	// indexLag is how long an index may take to show a write.
	indexLag = 100 * time.Millisecond
)

// Claim implements pipeline.Ledger.
//
// It counts before it takes the lease: most arrivals find too few files and so cost one query. The
// index may offer files that are no longer pending; the transaction refuses them, and the claim
// continues without them.
func (l *Ledger) Claim(ctx context.Context, r pipeline.ClaimRequest) (b pipeline.Batch, files []pipeline.File,
	err error) {
	if err := cmp.Or(ctx.Err(), r.Check()); err != nil {
		return b, nil, err
	}
	gone := map[string]bool{} // keys that the index offers although they are no longer pending
	pending, err := l.pending(ctx, r, gone)
	if err == nil && len(pending) > 0 && len(pending) == r.Min-1 && len(r.Chosen(pending)) == 0 {
		// The caller has probably admitted the missing file a moment ago.
		select {
		case <-ctx.Done():
			return b, nil, ctx.Err()
		case <-time.After(indexLag):
		}
		pending, err = l.pending(ctx, r, gone)
	}
	if err != nil || len(r.Chosen(pending)) == 0 {
		return b, nil, l.explain("read", err)
	}
	release, err := l.lease(ctx, r)
	if err != nil {
		return b, nil, l.explain("write to", err)
	}
	defer release()
	err = again(ctx, func() error {
		// Read again under the lease: the worker that held it before may have claimed the same
		// files.
		if pending, err = l.pending(ctx, r, gone); err != nil {
			return err
		}
		if pending = r.Chosen(pending); len(pending) == 0 {
			return nil
		}
		b, files, err = l.claimFiles(ctx, r, pending, gone)
		return err
	})
	if err != nil {
		return pipeline.Batch{}, nil, l.explain("write to", err)
	}
	return b, files, nil
}

// pending reads the oldest pending files of r.Date from the index, as many as a claim takes, except
// those in gone.
func (l *Ledger) pending(ctx context.Context, r pipeline.ClaimRequest, gone map[string]bool) ([]pipeline.File, error) {
	limit := int32(r.Max + len(gone))
	var files []pipeline.File
	size := 0
	for row, err := range l.query(ctx, dynamodb.QueryInput{
		IndexName: ptr(pendingIndex), Limit: &limit, KeyConditionExpression: ptr("#d = :d"),
		ExpressionAttributeNames:  map[string]string{"#d": pendingDate},
		ExpressionAttributeValues: item{":d": text(r.Date)},
	}) {
		if err != nil {
			return nil, err
		}
		f := row.file()
		if gone[f.Key] {
			continue
		}
		if size += len(f.Key) + 8; size > maxKeyBytes && len(files) >= max(r.Min, 1) {
			break
		}
		if files = append(files, f); len(files) == r.Max {
			break
		}
	}
	sortByArrival(files)
	return files, nil
}

// claimFiles makes a batch of files. errContended if the attempt should be repeated; files that
// were not pending are in gone then.
func (l *Ledger) claimFiles(ctx context.Context, r pipeline.ClaimRequest, pending []pipeline.File,
	gone map[string]bool) (pipeline.Batch, []pipeline.File, error) {
	counter, err := l.get(ctx, key(counterPrefix+r.Date, counterKey))
	if err != nil {
		return pipeline.Batch{}, nil, err
	}
	b, files := r.ClaimedBatch(int(counter.number("num"))+1, pending)
	row := batchRow{Batch: b, rev: 1}
	for _, f := range files {
		row.keys = append(row.keys, f.Key)
	}
	if len(files) > maxSingle {
		return l.claimInChunks(ctx, r, counter, row, pending, files, gone)
	}
	writes, err := l.newBatch(r, counter, row)
	if err != nil {
		return pipeline.Batch{}, nil, err
	}
	for i, f := range files {
		writes = append(writes, l.put(l.fileItem(f, b.ManifestPath), l.unchanged(pending[i])))
	}
	if err := l.transact(ctx, writes); err != nil {
		return pipeline.Batch{}, nil, refused(err, 2, pending, gone)
	}
	return b, files, nil
}

// newBatch returns the first writes of the transaction that makes a batch: the batch's row and the
// counter that numbers the date's batches.
func (l *Ledger) newBatch(r pipeline.ClaimRequest, counter item, row batchRow) ([]types.TransactWriteItem, error) {
	batch, err := l.batchItem(row)
	if err != nil {
		return nil, err
	}
	next := key(counterPrefix+r.Date, counterKey)
	next["num"] = number(counter.number("num") + 1)
	l.setTTL(next, r.Now.Add(l.rowTTL)) // twice rowTTL: it must outlive the rows of the batches it has numbered
	return []types.TransactWriteItem{l.put(batch, absent()), l.put(next, condition{}.has("num", counter))}, nil
}

// refused turns the refusal of a claim's transaction into errContended and adds the files that were
// not pending to gone. The first file is at offset in the transaction.
func refused(err error, offset int, pending []pipeline.File, gone map[string]bool) error {
	var refusal *refusal
	if !errors.As(err, &refusal) {
		return err
	}
	for _, i := range refusal.items {
		if i >= offset {
			gone[pending[i-offset].Key] = true
		}
	}
	return errContended
}
