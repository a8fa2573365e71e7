package pipeline

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"
)

// Advance claims the pending files of a date as far as there are enough for batches, and starts an
// execution for each batch. Call it after admissions; the sweep calls it too. Losing the race for
// the date is not an error, since the winner sees the same files.
//
// While a date is open, Advance makes full batches only. Once it is closed, Advance claims
// everything, and the last batch may be partial.
func (p *Pipeline) Advance(ctx context.Context, date string) ([]BatchID, error) {
	return p.AdvanceUpTo(ctx, date, math.MaxInt)
}

// AdvanceUpTo is Advance for at most limit batches.
func (p *Pipeline) AdvanceUpTo(ctx context.Context, date string, limit int) ([]BatchID, error) {
	now := p.now()
	if !p.Config.closed(date, now) {
		return p.claimAll(ctx, date, p.Config.MaxFilesPerManifest, limit, false)
	}
	if today := now.Format(time.DateOnly); date < today {
		p.Log.Info(fmt.Sprintf("Date %s is from a previous day (today: %s)", date, today), "date", date)
	}
	p.Log.Info("Triggering end-of-day flush for orphaned files", "date", date)
	return p.claimAll(ctx, date, p.Config.MinFilesForPartialBatch, limit, true)
}

// Flush claims all pending files of a date, whether it is closed or not, and starts the executions.
func (p *Pipeline) Flush(ctx context.Context, date string) ([]BatchID, error) {
	return p.claimAll(ctx, date, 1, math.MaxInt, false)
}

// claimAll claims batches of at least least files until there are too few, or limit were claimed,
// and starts each.
func (p *Pipeline) claimAll(
	ctx context.Context, date string, least, limit int, orphans bool,
) ([]BatchID, error) {
	var started []BatchID
	var failures []error
	for n := 0; n < limit && ctx.Err() == nil; n++ {
		b, files, err := p.Ledger.Claim(ctx, ClaimRequest{
			Date: date, Max: p.Config.MaxFilesPerManifest, Min: min(least, p.Config.MaxFilesPerManifest),
			Owner: p.Owner, LeaseTTL: p.Config.LockTTL, Now: p.now(), ManifestPath: p.ManifestPath,
		})
		if errors.Is(err, ErrLeaseHeld) {
			p.Log.Debug("another worker is claiming this date", "date", date)
			break
		}
		if err != nil {
			failures = append(failures, fmt.Errorf("claim files of %s: %w", date, err))
			break
		}
		if b.ID == "" {
			break
		}
		if orphans {
			p.Log.Info(fmt.Sprintf("Processing %d orphaned files from %s", len(files), date), "batch", b.ID)
			if len(files) < p.Config.MaxFilesPerManifest {
				p.Log.Info(fmt.Sprintf("Including partial batch with %d files (orphan flush)", len(files)), "batch",
					b.ID)
			}
		}
		// The claim stands whatever happens now: the sweep starts a batch that was not started.
		if err := p.launch(ctx, b, files); err != nil {
			p.Log.Warn("batch claimed but not started; the sweep will start it", "batch", b.ID, "files", len(files),
				"error", err)
			failures = append(failures, err)
			continue
		}
		started = append(started, b.ID)
	}
	return started, errors.Join(failures...)
}

// launch writes the manifest of a claimed batch and starts its execution. It may be repeated.
func (p *Pipeline) launch(ctx context.Context, b Batch, files []File) error {
	m, err := p.WriteManifest(ctx, b, files)
	if err != nil {
		return err
	}
	return p.startExecution(ctx, b, m)
}
