package main

import (
	"context"
	"time"

	"ndjson-parquet/internal/pipeline"
)

// sweeper is the timed pass.
type sweeper struct{ *function }

// A sweepRequest is what the schedule asks for.
type sweepRequest struct {
	// List also lists the input and admits what no event told of. For every 1,000 objects it makes a request to S3, and ten to
	// the ledger, so it is scheduled less often.
	List bool `json:"list"`
	// RecentHours limits the listing to what was put within so many hours; 0: everything, scheduled still less often.
	RecentHours float64 `json:"recent_hours"`
}

func (f sweeper) handle(ctx context.Context, in sweepRequest) (pipeline.SweepReport, error) {
	defer f.metrics.Flush(ctx)
	report, err := f.pipeline.Sweep(ctx, pipeline.SweepOptions{
		List: in.List, ListFor: listFor(ctx), Recent: time.Duration(in.RecentHours * float64(time.Hour)), Parallel: 8,
		OnRefused: func(a pipeline.Arrival, err error) {
			f.pipeline.Log.Error("listed file not admitted", "file", a.Key, "error", err)
		},
	})
	f.pipeline.Log.Info("swept", "report", report)
	return report, err
}

// listFor is how long a listing may take: the rest of a sweep needs some time of the invocation's too.
func listFor(ctx context.Context) time.Duration {
	const rest = 2 * time.Minute
	end, limited := ctx.Deadline()
	if !limited {
		return 0
	}
	return max(time.Until(end)-rest, time.Second)
}
