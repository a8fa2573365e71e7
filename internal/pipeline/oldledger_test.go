package pipeline_test

import (
	"errors"
	"testing"
	"time"

	"ndjson-parquet/internal/ledger/memoryledger"
	"ndjson-parquet/internal/pipeline"
)

// A ledger that was restored to an earlier time does not know the batches that were published
// since. It would publish their files again, so nothing is started.
func TestLedgerOlderThanTheManifestsIsRefused(t *testing.T) {
	h := newHome(t)
	ctx := t.Context()
	for _, name := range []string{"a", "b", "c"} {
		h.arrive("2026-01-13-"+name+".ndjson", `{"x":1}`)
	}
	h.execute()
	h.Ledger = memoryledger.New() // restored to the time before the first file
	h.clock = h.clock.Add(time.Minute)
	_, err := h.Sweep(ctx, pipeline.SweepOptions{List: true, Partial: pipeline.PartialAlways})
	if !errors.Is(err, pipeline.ErrOldLedger) {
		t.Errorf("the sweep did not refuse the ledger: %v", err)
	}
	h.clock = h.clock.Add(time.Hour)
	if _, err := h.Sweep(ctx, pipeline.SweepOptions{}); !errors.Is(err, pipeline.ErrOldLedger) {
		t.Errorf("the repair did not refuse the ledger: %v", err)
	}
	if len(h.started) > 0 {
		t.Errorf("%d executions were started", len(h.started))
	}
	// A row that has expired is no sign of an old ledger.
	h.Config.RowTTL, h.Config.ListHorizon = 24*time.Hour, time.Hour
	h.clock = h.clock.AddDate(0, 0, 2)
	if _, err := h.Sweep(ctx, pipeline.SweepOptions{}); err != nil {
		t.Error(err)
	}
}

// A batch that cannot be repaired does not keep the sweep from starting new ones.
func TestSweepStartsNewBatchesBeforeItRepairs(t *testing.T) {
	h := newHome(t)
	for _, name := range []string{"a", "b", "c"} {
		h.arrive("2026-01-13-"+name+".ndjson", `{"x":1}`)
	}
	h.started, h.states = nil, map[string]pipeline.ExecutionState{} // the machine has crashed
	a, err := h.Admit(t.Context(), pipeline.Arrival{Object: h.put("2026-01-12-d.ndjson", `{"x":1}`)})
	if err != nil || a.File.Status != pipeline.Pending {
		t.Fatal(a, err)
	}
	h.clock = h.clock.Add(time.Hour)
	if _, err := h.Sweep(t.Context(), pipeline.SweepOptions{}); err != nil {
		t.Fatal(err)
	}
	if len(h.started) != 2 || h.started[0].DatePrefix != "2026-01-12" {
		t.Errorf("started %+v", h.started)
	}
}
