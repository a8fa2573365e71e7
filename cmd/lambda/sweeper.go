package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ndjson-parquet/internal/pipeline"
)

// sweeper runs the sweep on a schedule.
type sweeper struct{ *function }

// A sweepRequest is the input of a scheduled sweep.
type sweepRequest struct {
	// List also lists the input and admits objects that no event announced. This takes a request to
	// S3 and ten to the ledger for every 1,000 objects, so it is scheduled less often.
	List bool `json:"list"`
	// RecentHours limits the listing to objects put within this many hours; 0: all objects, which
	// is scheduled even less often.
	RecentHours float64 `json:"recent_hours"`
}

func (f sweeper) handle(ctx context.Context, in sweepRequest) (pipeline.SweepReport, error) {
	defer f.metrics.Flush(ctx)
	ctx, cancel := withMargin(ctx)
	defer cancel()
	report, err := f.pipeline.Sweep(ctx, pipeline.SweepOptions{
		List: in.List, ListFor: listFor(ctx), Recent: time.Duration(in.RecentHours * float64(time.Hour)), Parallel: 8,
		OnRefused: func(a pipeline.Arrival, err error) {
			f.pipeline.Log.Error("listed file not admitted", "file", a.Key, "error", err)
		},
	})
	f.pipeline.Log.Info("swept", "report", report)
	return report, errors.Join(err, f.measure(ctx))
}

// stuckAfter is how long a batch may be on its way before it counts as stuck. A Glue run may wait
// for workers and then take its whole time.
const stuckAfter = 6 * time.Hour

// measure counts what alarms watch: the age of the oldest pending file, and the batches that are
// stuck.
func (f sweeper) measure(ctx context.Context) error {
	now := f.pipeline.Now()
	dates, err := f.pipeline.Ledger.PendingDates(ctx)
	if err != nil {
		return fmt.Errorf("list pending dates: %w", err)
	}
	var oldest time.Duration
	for _, d := range dates {
		oldest = max(oldest, now.Sub(d.Oldest))
	}
	f.metrics.Count(ctx, metricOldestPending, oldest.Seconds())
	stuck := 0.0
	for b, err := range f.pipeline.Ledger.Stale(ctx, now, now) {
		if err != nil {
			return fmt.Errorf("list batches that have not ended: %w", err)
		}
		if now.Sub(b.CreatedAt) > stuckAfter {
			stuck++
		}
	}
	f.metrics.Count(ctx, metricStuckBatches, stuck)
	return nil
}

// The sweeper's own metrics.
const (
	metricOldestPending = "OldestPendingSeconds"
	metricStuckBatches  = "StuckBatches"
)

// listFor returns how long a listing may take. The rest of the sweep needs some of the invocation's
// time too.
func listFor(ctx context.Context) time.Duration {
	const rest = 2 * time.Minute
	end, limited := ctx.Deadline()
	if !limited {
		return 0
	}
	return max(time.Until(end)-rest, time.Second)
}
