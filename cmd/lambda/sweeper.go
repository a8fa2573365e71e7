package main

import (
	"context"
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
	return report, err
}

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
