package localhome

import (
	"context"

	"ndjson-parquet/internal/pipeline"
)

// Flush claims everything pending of a date, and returns when its batches have ended.
func (h *Home) Flush(ctx context.Context, date string) (RunReport, error) {
	if _, err := h.Pipeline.Flush(ctx, date); err != nil {
		return RunReport{}, err
	}
	return h.waitAndReport(ctx)
}

// Retry executes a failed batch again, and returns when it has ended. pipeline.ErrState if it has not failed.
func (h *Home) Retry(ctx context.Context, id pipeline.BatchID) (RunReport, error) {
	if _, err := h.Pipeline.Retry(ctx, id); err != nil {
		return RunReport{}, err
	}
	return h.waitAndReport(ctx)
}

func (h *Home) waitAndReport(ctx context.Context) (RunReport, error) {
	r := RunReport{Files: map[pipeline.Status]int{}}
	if err := h.runner.Wait(ctx); err != nil {
		return r, err
	}
	return r, h.report(ctx, &r)
}
