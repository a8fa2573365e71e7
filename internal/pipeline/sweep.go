package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// A SweepReport counts what a sweep did.
type SweepReport struct {
	Listed      int // input objects looked at
	Old         int // of these, older than the ListHorizon and left alone
	Admitted    int // of these, newly pending
	Quarantined int // … or newly quarantined
	Waiting     int // … or not Ready
	Refused     int // admissions that failed; OnRefused was told
	Started     int // batches started, of any date
	Restarted   int // batches a crash had left behind
}

// SweepOptions say which parts of the sweep to do.
type SweepOptions struct {
	// List lists the input and admits what no event told of.
	List bool
	// Recent limits the listing to what was last modified within it; 0: everything. It must be longer than the time between two
	// sweeps that list, and does not replace one that lists everything now and then: see listInput.
	Recent time.Duration
	// ListFor is how long the listing may take; 0: as long as it does. What it does not come to is an error, and the rest of the sweep
	// is done all the same.
	ListFor time.Duration
	// OnRefused is told of an arrival whose admission failed. Optional.
	OnRefused func(Arrival, error)
	// Ready, if set, says whether a listed object may be admitted yet (it may still be being written).
	Ready func(Arrival) bool
	// Parallel is how many listed objects are admitted at the same time: a ledger may write them together. 0: one.
	Parallel int
	// Alone says that no other process executes batches: those that do not run in this one are taken up at once,
	// without waiting for StaleAfter.
	Alone bool
	// Partial says which dates give partial batches.
	Partial PartialBatches
}

// PartialBatches says which dates give partial batches.
type PartialBatches int

// The choices.
const (
	PartialWhenClosed PartialBatches = iota // dates that are over, or whose files have waited for MaxBatchAge
	PartialAlways
	PartialNever
)

// Sweep is the timed pass: find what a lost event missed, flush dates that are over, start what was not started, settle what was left. It may run
// beside anything, itself included. It goes on after errors and returns them together.
func (p *Pipeline) Sweep(ctx context.Context, o SweepOptions) (SweepReport, error) {
	var r SweepReport
	var failures []error
	if o.List {
		failures = append(failures, p.admitListed(ctx, o, &r))
	}
	failures = append(failures, p.repairBatches(ctx, o, &r), p.advanceDates(ctx, o.Partial, &r))
	return r, errors.Join(failures...)
}

// listChunk is how many listed files are looked up in the ledger at a time.
const listChunk = 1000

// admitListed admits every listed input object that the ledger does not know.
func (p *Pipeline) admitListed(ctx context.Context, o SweepOptions, r *SweepReport) error {
	arrivals := make(map[string]Arrival, listChunk)
	files := make([]File, 0, listChunk)
	flush := func() error {
		unseen, err := p.Ledger.Unseen(ctx, files)
		if err != nil {
			return fmt.Errorf("look up listed files: %w", err)
		}
		ready := make([]Arrival, 0, len(unseen))
		for _, f := range unseen {
			if a := arrivals[f.Key]; o.Ready == nil || o.Ready(a) {
				ready = append(ready, a)
			} else {
				r.Waiting++
			}
		}
		p.AdmitAll(ctx, ready, o.Parallel, func(a Arrival, adm Admission, err error) {
			switch {
			case err != nil:
				r.Refused++
				if o.OnRefused != nil {
					o.OnRefused(a, err)
				}
			case adm.Verdict == Overwritten, adm.Verdict == Admitted && adm.File.Status == Quarantined:
				r.Quarantined++
			case adm.Verdict == Admitted:
				r.Admitted++
			}
		})
		clear(arrivals)
		files = files[:0]
		return ctx.Err()
	}
	var oldest, end time.Time
	if o.ListFor > 0 {
		end = p.now().Add(o.ListFor)
	}
	if p.Config.ListHorizon > 0 {
		oldest = p.now().Add(-p.Config.ListHorizon)
	}
	for obj, err := range p.listInput(ctx, o.Recent) {
		if err != nil {
			return errors.Join(fmt.Errorf("list the input: %w", err), flush())
		}
		r.Listed++
		if obj.ModTime.Before(oldest) {
			r.Old++
			continue // its row may have expired: it must not be admitted again
		}
		a := Arrival{Object: obj}
		arrivals[obj.Key] = a
		if files = append(files, p.describe(a)); len(files) == listChunk {
			if err := flush(); err != nil {
				return err
			}
			if !end.IsZero() && p.now().After(end) {
				return fmt.Errorf("in %v the listing of the input came only as far as %s: keep less input, or let a command that has the time look at all of it (backfill)", o.ListFor, obj.Key)
			}
		}
	}
	return flush()
}

// repairBatches takes up the batches that have not moved for StaleAfter, or all that do not run if nobody else could
// be running them.
func (p *Pipeline) repairBatches(ctx context.Context, o SweepOptions, r *SweepReport) error {
	var failures []error
	now := p.now()
	before := now.Add(-p.Config.StaleAfter)
	if o.Alone {
		before = now.AddDate(1, 0, 0) // whatever the clock was when they last moved
	}
	for b, err := range p.Ledger.Stale(ctx, before, now) {
		if err == nil {
			err = p.repair(ctx, b, r)
		}
		if err != nil {
			failures = append(failures, err)
		}
	}
	return errors.Join(failures...)
}

func (p *Pipeline) repair(ctx context.Context, b Batch, r *SweepReport) error {
	state, err := p.Starter.State(ctx, b.ExecutionName())
	if err != nil {
		return fmt.Errorf("look at the execution of %s: %w", b.ID, err)
	}
	switch state {
	case StateRunning:
		return nil
	case StateEnded:
		// It ended without an outcome in the ledger. The commit record tells which it was.
		c, err := p.ReadCommit(ctx, b.ID)
		if errors.Is(err, ErrNotFound) {
			return p.Fail(ctx, b.ID, b.Engine, errors.New("the execution ended without an outcome"))
		}
		if err != nil {
			return err
		}
		r.Restarted++
		return p.Settle(ctx, c)
	}
	_, files, err := p.Ledger.Batch(ctx, b.ID)
	if err != nil {
		return err
	}
	r.Restarted++
	p.Log.Info("starting a batch that was left behind", "batch", b.ID, "status", b.Status)
	return p.launch(ctx, b, files)
}

// advanceDates claims what may be claimed of every date with pending files.
func (p *Pipeline) advanceDates(ctx context.Context, partial PartialBatches, r *SweepReport) error {
	dates, err := p.Ledger.PendingDates(ctx)
	if err != nil {
		return fmt.Errorf("list pending dates: %w", err)
	}
	var failures []error
	for _, d := range dates {
		var started []BatchID
		age := p.Config.MaxBatchAge
		switch {
		case partial == PartialNever:
			started, err = p.claimAll(ctx, d.Date, p.Config.MaxFilesPerManifest, false)
		case partial == PartialAlways, age > 0 && p.now().Sub(d.Oldest) >= age:
			started, err = p.Flush(ctx, d.Date)
		default:
			started, err = p.Advance(ctx, d.Date)
		}
		r.Started += len(started)
		failures = append(failures, err)
	}
	return errors.Join(failures...)
}
