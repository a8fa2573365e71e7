package pipeline

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"
)

// A SweepReport counts what a sweep did.
type SweepReport struct {
	Markers     int // input objects listed that are markers: see IsMarker
	Listed      int // input objects listed, markers excepted
	Old         int // of these: older than ListHorizon, ignored
	Admitted    int // of these: newly pending
	Quarantined int // of these: newly quarantined
	Waiting     int // of these: not Ready
	Refused     int // of these: admission failed, reported to OnRefused
	Started     int // batches started, of any date
	Restarted   int // batches that a crash had left
}

// SweepOptions select what a sweep does.
type SweepOptions struct {
	// List lists the input and admits objects that no event announced.
	List bool
	// Recent limits the listing to objects modified within it; 0: all objects. It must be longer
	// than the time between two sweeps that list, and does not replace an occasional sweep that
	// lists everything: see listInput.
	Recent time.Duration
	// ListFor limits the time for the listing; 0: no limit. If it is not enough, the sweep returns
	// an error but does everything else.
	ListFor time.Duration
	// OnRefused is called for each arrival whose admission failed. Optional.
	OnRefused func(Arrival, error)
	// Ready reports whether a listed object may be admitted yet, or may still be being written.
	// Optional: by default every object may be admitted.
	Ready func(Arrival) bool
	// Parallel is how many listed objects are admitted at the same time: some ledgers write them
	// together. 0: one.
	Parallel int
	// Alone says that no other process executes batches. Batches that do not run in this process
	// are then started at once instead of after StaleAfter.
	Alone bool
	// Partial selects the dates of which partial batches are made.
	Partial PartialBatches
}

// PartialBatches selects the dates of which partial batches are made.
type PartialBatches int

// The choices.
const (
	PartialWhenClosed PartialBatches = iota // closed dates, and dates with a file older than MaxBatchAge
	PartialAlways
	PartialNever
)

// Sweep does what is due by time: it admits files whose events were lost, claims the files of dates
// that are closed, starts batches that were not started, and settles batches that were left. It may
// run beside anything, including itself. It continues after errors and returns them together.
func (p *Pipeline) Sweep(ctx context.Context, o SweepOptions) (SweepReport, error) {
	var r SweepReport
	var failures []error
	if o.List {
		failures = append(failures, p.admitListed(ctx, o, &r))
	}
	// First what is new: repairing many batches may take longer than the time that there is.
	failures = append(failures, p.advanceDates(ctx, o.Partial, &r), p.repairBatches(ctx, o, &r))
	return r, errors.Join(failures...)
}

// listChunk is how many listed files are looked up in the ledger at a time.
const listChunk = 1000

// admitListed admits every listed input object that the ledger does not have.
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
		if IsMarker(obj.Key) {
			r.Markers++
			continue
		}
		r.Listed++
		if obj.ModTime.Before(oldest) {
			r.Old++
			continue // its row may have expired, and it must not be admitted again
		}
		a := Arrival{Object: obj}
		arrivals[obj.Key] = a
		if files = append(files, p.describe(a)); len(files) == listChunk {
			if err := flush(); err != nil {
				return err
			}
			if !end.IsZero() && p.now().After(end) {
				return fmt.Errorf(
					"in %v the listing of the input reached only %s: keep less input, or list it with backfill",
					o.ListFor, obj.Key)
			}
		}
	}
	return flush()
}

// repairBatches repairs the batches that have not changed for StaleAfter, or all of them if no
// other process can be executing them.
func (p *Pipeline) repairBatches(ctx context.Context, o SweepOptions, r *SweepReport) error {
	var failures []error
	now := p.now()
	before := now.Add(-p.Config.StaleAfter)
	if o.Alone {
		before = now.AddDate(1, 0, 0) // whatever the clock was at their last change
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
		return fmt.Errorf("query the execution of %s: %w", b.ID, err)
	}
	switch state {
	case StateRunning:
		return nil
	case StateEnded:
		// It ended without an outcome in the ledger. The commit record shows which it was.
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
	p.Log.Info("starting a batch that was left", "batch", b.ID, "status", b.Status)
	return p.launch(ctx, b, files)
}

// advanceDates claims files of every date that has pending files.
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
			started, err = p.claimAll(ctx, d.Date, p.Config.MaxFilesPerManifest, math.MaxInt, false)
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
