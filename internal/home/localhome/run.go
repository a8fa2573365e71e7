package localhome

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/pipeline"
)

// parallelAdmissions is how many files are admitted at the same time: the ledger writes those that
// wait together.
const parallelAdmissions = 64

// Run processes the files that are there: it admits every file of the input, claims them (the last
// batch of each date partial, unless noFlush), continues what an earlier run left, and returns when
// all of it has ended. It may run beside other processes in the same root. When ctx ends it returns
// at once; Close decides about what still runs.
func (h *Home) Run(ctx context.Context, noFlush bool) (home.RunReport, error) {
	r := home.RunReport{Files: map[pipeline.Status]int{}}
	h.repairQuarantine(ctx)
	failures := h.sweepUntilSettled(ctx, noFlush, &r)
	if err := h.finish(ctx, noFlush); err != nil {
		return r, errors.Join(failures, err)
	}
	return r, errors.Join(failures, h.report(ctx, &r))
}

const (
	// writtenFor bounds how many settle times a run waits for files that are still being written.
	writtenFor = 10
	// sweepAttempts is how often a run tries to sweep without an error.
	sweepAttempts = 3
)

// sweepUntilSettled sweeps until every listed file is admitted or a dead letter, or has been
// written to for too long.
func (h *Home) sweepUntilSettled(ctx context.Context, noFlush bool, r *home.RunReport) error {
	refusals := h.newRefusals()
	o := h.sweepOptions(ctx, refusals)
	o.Partial = partial(noFlush)
	for round := 0; ; round++ {
		o.Alone = h.Alone()
		s, err := h.pipeline.Sweep(ctx, o)
		dead, failing := refusals.count()
		r.Listed, r.StillWritten, r.DeadLetters = s.Listed, s.Waiting-dead, dead
		r.Admitted += s.Admitted
		r.Files[pipeline.Quarantined] += s.Quarantined
		if err != nil && round < sweepAttempts-1 && ctx.Err() == nil {
			h.log.Warn("a sweep had errors; it is tried again", "error", err)
		} else if err != nil || r.StillWritten == 0 && failing == 0 || round >= writtenFor {
			return err
		}
		if err := sleep(ctx, max(h.options.Settle, 50*time.Millisecond)); err != nil {
			return err
		}
	}
}

// sweepOptions lists the input.
func (h *Home) sweepOptions(ctx context.Context, refusals *refusals) pipeline.SweepOptions {
	settled := func(pipeline.Arrival) bool { return true }
	if !home.IsRemote(h.Places.Input) {
		settled = newSettler(h.options.Settle, h.pipeline.Now).ready
	}
	return pipeline.SweepOptions{
		List: true, Parallel: parallelAdmissions,
		Ready: func(a pipeline.Arrival) bool {
			ready := !refusals.dead(a) && settled(a)
			if ready {
				h.arrivals.Add(1)
			}
			return ready
		},
		OnRefused: func(a pipeline.Arrival, err error) { refusals.refused(ctx, a, err) },
	}
}

func partial(noFlush bool) pipeline.PartialBatches {
	if noFlush {
		return pipeline.PartialNever
	}
	return pipeline.PartialAlways
}

// finish waits until no batch is under way, and continues those that another process left.
func (h *Home) finish(ctx context.Context, noFlush bool) error {
	o := pipeline.SweepOptions{Partial: partial(noFlush)}
	for {
		if err := h.runner.Wait(ctx); err != nil {
			return err
		}
		left := 0
		now := h.pipeline.Now()
		for _, err := range h.ledger.Stale(ctx, now.AddDate(1, 0, 0), now) {
			if err != nil {
				return err
			}
			left++
		}
		if left == 0 {
			return nil
		}
		h.log.Debug("batches are under way in another process", "batches", left)
		o.Alone = h.Alone()
		if _, err := h.pipeline.Sweep(ctx, o); err != nil {
			return err
		}
		if h.runner.Backlog() == 0 {
			if err := sleep(ctx, 200*time.Millisecond); err != nil {
				return err
			}
		}
	}
}

// report reads the results of the batches that this process executed from the ledger.
func (h *Home) report(ctx context.Context, r *home.RunReport) error {
	seen := map[pipeline.BatchID]bool{}
	for _, id := range h.runner.TakeEnded() {
		if seen[id] {
			continue
		}
		seen[id] = true
		b, files, err := h.ledger.Batch(ctx, id)
		if err != nil {
			return fmt.Errorf("report: %w", err)
		}
		r.Batches = append(r.Batches, b)
		r.BytesIn += b.Bytes
		r.Add(b.Counts)
		for _, o := range b.Outputs {
			r.BytesOut += o.Size
		}
		for _, f := range files {
			r.Files[f.Status]++
		}
	}
	r.Oddities = append(r.Oddities, h.oddities(ctx, r.Batches)...)
	dates, err := h.ledger.Summary(ctx, "")
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	for _, d := range dates {
		r.Files[pipeline.Pending] += d.Files[pipeline.Pending]
	}
	for b, err := range h.ledger.Batches(ctx, "") {
		if err != nil {
			return fmt.Errorf("report: %w", err)
		}
		if b.Status == pipeline.Failed && !seen[b.ID] {
			r.EarlierFailed++
		}
	}
	return nil
}

// parallelCommits is how many commit records are read at the same time.
const parallelCommits = 16

// oddities returns what was unusual in the files of batches. A commit record that cannot be read
// only shortens the report.
func (h *Home) oddities(ctx context.Context, batches []pipeline.Batch) []pipeline.Oddity {
	batches = slices.Clone(batches)
	slices.SortFunc(batches, func(a, b pipeline.Batch) int { return strings.Compare(string(a.ID), string(b.ID)) })
	found := make([][]pipeline.Oddity, len(batches))
	var group errgroup.Group
	group.SetLimit(parallelCommits)
	for i, b := range batches {
		if b.Status != pipeline.Completed {
			continue
		}
		group.Go(func() error {
			c, err := h.ReadCommit(ctx, b.ID)
			if err != nil {
				h.log.Debug("no commit record for the report", "batch", b.ID, "error", err)
			}
			found[i] = c.Oddities
			return nil
		})
	}
	_ = group.Wait()
	return pipeline.MergeOddities(slices.Concat(found...))
}

func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
