package main

import (
	"context"

	"ndjson-parquet/internal/pipeline"
)

// converter converts a batch and publishes it with the native engine, as a task of the state
// machine. It may be repeated and may run twice at the same time.
type converter struct{ *function }

// A conversionRequest is one attempt at a batch.
type conversionRequest struct {
	BatchID pipeline.BatchID `json:"batch_id"`
	Last    bool             `json:"last"` // no attempt follows, so only the file that cannot be read fails
}

func (f converter) handle(ctx context.Context, in conversionRequest) (conversionResponse, error) {
	defer f.metrics.Flush(ctx)
	ctx, cancel := withMargin(ctx)
	defer cancel()
	c, err := f.pipeline.ConvertAndPublish(ctx, in.BatchID, in.Last)
	if err != nil {
		f.pipeline.Log.Error("conversion failed", "batch", in.BatchID, "last", in.Last, "error", err)
		return conversionResponse{}, err
	}
	f.logConverted(c)
	return conversionResponse{BatchID: c.Batch, Engine: c.Engine, Rows: c.Rows, Rejected: c.Rejected,
		Rescued: c.Rescued, Outputs: len(c.Outputs)}, nil
}

func (f converter) logConverted(c pipeline.Commit) {
	var in, out int64
	for _, i := range c.Inputs {
		in += i.Size
	}
	for _, o := range c.Outputs {
		out += o.Size
	}
	f.pipeline.Log.Info("batch converted", "batch", c.Batch, "files", len(c.Inputs), "rows", c.Rows, "rejected",
		c.Rejected,
		"rescued", c.Rescued, "bytes", in, "output_bytes", out, "duration_ms", c.DurationMS)
}

// A conversionResponse describes what was committed.
type conversionResponse struct {
	BatchID  pipeline.BatchID `json:"batch_id"`
	Engine   string           `json:"engine"`
	Rows     int64            `json:"rows"`
	Rejected int64            `json:"rejected"`
	Rescued  int64            `json:"rescued"`
	Outputs  int              `json:"outputs"`
}
