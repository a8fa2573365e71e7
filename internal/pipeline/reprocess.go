package pipeline

import (
	"context"
	"fmt"
)

// Reprocess converts completed batches again from their inputs, with the present settings and the
// newest version of the schema, and replaces the output of each by one put under the same name. It
// begins only if the inputs of all of them still exist as they were admitted. If it is interrupted,
// another call completes it: repeating a replacement changes nothing. With dryRun it only checks.
//
// The result names the batches that were, or would be, converted again, and those that are under
// way. The error is ErrState for a batch that failed: that one is to be retried.
func (p *Pipeline) Reprocess(
	ctx context.Context, ids []BatchID, dryRun bool, onBatch func(done, all int),
) (Reconversion, error) {
	var r Reconversion
	var commits []Commit
	for _, id := range ids {
		b, _, err := p.Ledger.Batch(ctx, id)
		if err != nil {
			return r, err
		}
		switch b.Status {
		case Completed:
		case Failed:
			return r, fmt.Errorf("reprocess %s: it failed, so that it is to be retried instead: %w", id, ErrState)
		default:
			r.UnderWay = append(r.UnderWay, id)
			continue
		}
		c, err := p.ReadCommit(ctx, id)
		if err != nil {
			return r, err
		}
		commits = append(commits, c)
	}
	if err := p.checkInputs(ctx, commits); err != nil {
		return r, err
	}
	var err error
	if r.SchemaVersion, err = p.SchemaLog().Newest(ctx); err != nil {
		return r, err
	}
	for i, c := range commits {
		if !dryRun {
			if err := p.reconvert(ctx, c, max(r.SchemaVersion, c.SchemaVersion)); err != nil {
				return r, err
			}
		}
		r.Batches = append(r.Batches, c.Batch)
		if onBatch != nil {
			onBatch(i+1, len(commits))
		}
	}
	return r, nil
}
