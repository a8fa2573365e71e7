package main

import (
	"context"

	"ndjson-parquet/pipeline"
)

// sweeper is the timed pass.
type sweeper struct{ *function }

// A sweepRequest is what the schedule asks for.
type sweepRequest struct {
	// List also lists the input and admits what no event told of. It costs a request for every 1,000 objects there are, so it
	// is scheduled less often.
	List bool `json:"list"`
}

func (f sweeper) handle(ctx context.Context, in sweepRequest) (pipeline.SweepReport, error) {
	defer f.metrics.Flush(ctx)
	report, err := f.pipeline.Sweep(ctx, pipeline.SweepOptions{List: in.List, Parallel: 8, OnRefused: func(a pipeline.Arrival, err error) {
		f.pipeline.Log.Error("listed file not admitted", "file", a.Key, "error", err)
	}})
	f.pipeline.Log.Info("swept", "report", report)
	return report, err
}
