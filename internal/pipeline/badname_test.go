package pipeline_test

import (
	"fmt"
	"testing"

	"ndjson-parquet/internal/objectstore"
	"ndjson-parquet/internal/pipeline"
)

// An object store may have keys that no path can represent. Their arrivals are quarantined instead
// of failing for ever, and the reason is kept under a key of its own.
func TestNamesThatNoPathCanHoldAreQuarantined(t *testing.T) {
	h := newHome(t)
	ctx := t.Context()
	keys := []string{"2026-01-13//a.ndjson", "../2026-01-13-b.ndjson", "./2026-01-13-c.ndjson",
		"x/\x00/2026-01-13-e.ndjson"}
	for _, key := range keys {
		for range 2 { // the second time, nothing changes
			a, err := h.Admit(ctx, pipeline.Arrival{Object: objectstore.Object{Key: key, ETag: "e", Size: 10}})
			if err != nil {
				t.Fatalf("%q: %v", key, err)
			}
			if a.File.Status != pipeline.Quarantined || a.File.Reason != pipeline.ReasonBadName {
				t.Errorf("%q is %s %s", key, a.File.Status, a.File.Reason)
			}
			if _, err := h.quarantine.Head(ctx, pipeline.QuarantineKey(a.File)+".reason.json"); err != nil {
				t.Errorf("%q: %v", key, err)
			}
		}
	}
	if err := h.RepairQuarantine(ctx); err != nil {
		t.Error(err)
	}
	h.verified()
	if got := fmt.Sprint(h.counts[pipeline.MetricFilesQuarantined]); got != "4" {
		t.Errorf("%s files quarantined, want 4", got)
	}
}
