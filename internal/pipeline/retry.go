package pipeline

import (
	"context"
	"errors"
	"fmt"
	"math"
)

// Retry starts a failed batch again, in an execution with a name of its own. A batch of several
// files that has failed again after a retry is isolated instead.
func (p *Pipeline) Retry(ctx context.Context, id BatchID) (Batch, error) {
	b, _, err := p.Ledger.Batch(ctx, id)
	if err != nil {
		return b, err
	}
	if b.Status == Failed && b.Retries > 0 && b.FileCount > 1 {
		return b, p.isolate(ctx, b, errors.New(b.Error))
	}
	if b, err = p.Ledger.Retry(ctx, id, p.now()); err != nil {
		return b, err
	}
	b, files, err := p.Ledger.Batch(ctx, id)
	if err != nil {
		return b, err
	}
	return b, p.launch(ctx, b, files)
}

// RetryFile puts a file that failed alone, as unreadable or missing, back to pending. ErrState if
// it is in another state.
func (p *Pipeline) RetryFile(ctx context.Context, date, key string) (File, error) {
	return p.Ledger.RetryFile(ctx, date, key, p.now())
}

// RetryDate retries every failed batch of a date, and every file of it that failed alone and can be
// retried. It returns them, and continues after errors.
func (p *Pipeline) RetryDate(ctx context.Context, date string) (batches []BatchID, files []File, err error) {
	var failures []error
	for b, err := range p.Ledger.Batches(ctx, date) {
		if err != nil {
			return batches, files, err
		}
		if b.Status != Failed {
			continue
		}
		if _, err := p.Retry(ctx, b.ID); err != nil {
			failures = append(failures, err)
			continue
		}
		batches = append(batches, b.ID)
	}
	for f, err := range p.Ledger.Files(ctx, date, Failed) {
		if err != nil {
			return batches, files, err
		}
		if f.Reason != ReasonUnreadable && f.Reason != ReasonMissing {
			continue
		}
		if f, err = p.RetryFile(ctx, date, f.Key); err != nil {
			failures = append(failures, err)
			continue
		}
		files = append(files, f)
	}
	return batches, files, errors.Join(failures...)
}

// errIsolated is the error of every source of a batch that is isolated.
var errIsolated = errors.New("converted in a batch of its own")

// isolate ends a batch that fails as a whole without an outcome, so that the file that causes it
// cannot hold up the others: every file goes back to pending, to be converted in a batch of its
// own. An execution of the batch may still be running. Therefore the batch is published like any
// other, as an object without rows; if that execution published first, its outcome stands.
func (p *Pipeline) isolate(ctx context.Context, b Batch, cause error) (err error) {
	m, err := p.ReadManifest(ctx, b.ID)
	if err != nil {
		return err
	}
	p.Log.Warn("batch failed repeatedly: its files are converted one by one", "batch", b.ID, "files", b.FileCount,
		"error", cause)
	c := p.newConversion(m)
	c.refusal = fmt.Errorf("%w, because batch %s failed repeatedly: %w", errIsolated, b.ID, cause)
	if err := p.walkSchemaLog(ctx, c); err != nil {
		return errors.Join(err, c.Close())
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	commit, err := p.Publish(ctx, c)
	if err != nil {
		return err
	}
	if err := p.Settle(ctx, commit); err != nil {
		return err
	}
	_, err = p.claimAll(ctx, b.ID.Date(), p.Config.MaxFilesPerManifest, math.MaxInt, false)
	return err
}
