package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Execute runs a batch's execution in this process, from its start to its settlement, as the state
// machine does on AWS. It may be repeated and may race with itself. When a step fails, it tries
// again after a pause; after MaxAttempts attempts it settles the batch as failed. An error means
// that the outcome could not be written: the sweep will find the batch.
func (p *Pipeline) Execute(ctx context.Context, id BatchID) error {
	pauses := backoff.ExponentialBackOff{
		InitialInterval: 200 * time.Millisecond, RandomizationFactor: 0.5, Multiplier: 2, MaxInterval: 10 * time.Second,
	}
	for {
		b, err := p.Ledger.RecordAttempt(ctx, id, p.now())
		if errors.Is(err, ErrState) {
			return nil // settled already
		}
		if err != nil {
			return fmt.Errorf("start %s: %w", id, err)
		}
		if handled, err := p.crashed(ctx, b); handled {
			return err
		}
		err = p.convertPublishSettle(ctx, id, b.Attempts >= p.Config.MaxAttempts)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if b.Attempts >= p.Config.MaxAttempts {
			return p.Fail(ctx, id, EngineNative, fmt.Errorf("gave up after %d attempts: %w", b.Attempts, err))
		}
		p.Log.Warn("attempt failed; trying again", "batch", id, "attempt", b.Attempts, "error", err)
		if err := p.Sleep(ctx, pauses.NextBackOff()); err != nil {
			return err
		}
	}
}

// crashed ends a batch whose attempts are used up although none of them failed: this process ended
// in the last one, perhaps because of a file of the batch. Such a batch would be tried again at
// every start for ever. A batch of one file gets as many attempts again, since processes are also
// ended for other reasons. It returns false if the batch is to be tried.
func (p *Pipeline) crashed(ctx context.Context, b Batch) (handled bool, err error) {
	const cause = "the process ended in the middle of each of %d attempts"
	switch {
	case b.Attempts > p.Config.MaxAttempts && b.FileCount > 1:
		return true, p.isolate(ctx, b, fmt.Errorf(cause, b.Attempts-1))
	case b.Attempts > 2*p.Config.MaxAttempts:
		return true, p.Fail(ctx, b.ID, EngineNative, fmt.Errorf(cause, b.Attempts-1))
	}
	return false, nil
}

func (p *Pipeline) convertPublishSettle(ctx context.Context, id BatchID, last bool) error {
	commit, err := p.ConvertAndPublish(ctx, id, last)
	if err != nil {
		return err
	}
	return p.Settle(ctx, commit)
}

// ConvertAndPublish returns the batch's commit: the existing one, or the one that it creates. A
// file that cannot be read fails the attempt, or itself alone: see readFault.
func (p *Pipeline) ConvertAndPublish(ctx context.Context, id BatchID, last bool) (_ Commit, err error) {
	if c, err := p.standingCommit(ctx, id); !errors.Is(err, ErrNotFound) {
		return c, err
	}
	m, err := p.ReadManifest(ctx, id)
	if err != nil {
		return Commit{}, err
	}
	c, err := p.Convert(ctx, m)
	if err != nil {
		return Commit{}, err
	}
	defer func() { err = errors.Join(err, c.Close()) }()
	if err := c.readFault(last); err != nil {
		return Commit{}, err
	}
	return p.Publish(ctx, c)
}
