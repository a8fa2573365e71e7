package pipeline_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ndjson-parquet/internal/pipeline"
)

// A workflow retries the step that settles a batch, and the sweep may settle it too.
func TestSettlementIsCountedAndLoggedOnce(t *testing.T) {
	h := newHome(t)
	ctx := t.Context()
	h.arrive("2026-01-12-a.ndjson", `{"x":1}`)
	id := h.started[0].BatchID
	h.execute()
	commit, err := h.ReadCommit(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := h.Settle(ctx, commit); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Count(h.log.String(), "batch completed"); got != 1 {
		t.Errorf("the log says %d times that the batch is completed, want once:\n%s", got, h.log.String())
	}
	h.arrive("2026-01-11-a.ndjson", `{"x":1}`)
	for range 2 {
		if err := h.Fail(ctx, h.started[0].BatchID, pipeline.EngineNative, errors.New("disk full")); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Count(h.log.String(), "batch failed"); got != 1 {
		t.Errorf("the log says %d times that the batch has failed, want once:\n%s", got, h.log.String())
	}
	got := map[string]float64{}
	for name, value := range h.counts {
		switch name {
		case pipeline.MetricBatchesCompleted, pipeline.MetricRows, pipeline.MetricBatchesFailed,
			pipeline.MetricFilesFailed, pipeline.MetricFilesQuarantined:
			got[name] = value
		}
	}
	want := map[string]float64{pipeline.MetricBatchesCompleted: 1, pipeline.MetricRows: 1,
		pipeline.MetricBatchesFailed: 1}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("metrics (-want +got):\n%s", diff)
	}
}
