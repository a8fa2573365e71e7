package pipeline_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ndjson-parquet/internal/pipeline"
)

func TestC23_FilesOfYesterdayAreFlushedWithoutANewArrival(t *testing.T) {
	h := newHome(t)
	h.arrive("2026-01-13-a.ndjson", `{"x":1}`)
	h.arrive("2026-01-13-b.ndjson", `{"x":2}`)
	h.clock = time.Date(2026, 1, 14, 0, 4, 59, 0, time.UTC)
	h.sweep()
	h.want("within the grace period", h.statuses(), "2026-01-13-a.ndjson pending\n2026-01-13-b.ndjson pending")
	h.clock = time.Date(2026, 1, 14, 0, 5, 0, 0, time.UTC)
	h.sweep()
	h.want("after it", h.statuses(), "2026-01-13-a.ndjson completed\n2026-01-13-b.ndjson completed")
	h.want("batches", h.batches(), "2026-01-13-0001-20260114-000500 completed 2 files 2 rows")
}

// The example of the original design (docs/DESIGN.md): files of the day before are pending, a late
// one arrives at 00:05, all are claimed, the last batch partial, and the log has the messages of
// the design.
func TestC25_LateFileFlushesItsDateAndTheLogSaysSo(t *testing.T) {
	h := newHome(t)
	for _, name := range []string{"a", "b"} {
		h.arrive("2026-01-13-"+name+".ndjson", `{"x":1}`)
	}
	h.clock = time.Date(2026, 1, 14, 0, 5, 0, 0, time.UTC)
	h.log.Reset()
	h.arrive("2026-01-13-late.ndjson", `{"x":1}`)
	h.arrive("2026-01-13-later.ndjson", `{"x":1}`)
	h.execute()
	h.want("batches", h.batches(), `2026-01-13-0001-20260114-000500 completed 3 files 3 rows
		2026-01-13-0002-20260114-000500 completed 1 files 1 rows`)
	for _, message := range []string{
		"Date 2026-01-13 is from a previous day (today: 2026-01-14)",
		"Triggering end-of-day flush for orphaned files",
		"Processing 3 orphaned files from 2026-01-13",
		"Including partial batch with 1 files (orphan flush)",
		"Manifest created: memory://manifests/2026-01-13/batch-0001-20260114-000500.json",
	} {
		if !strings.Contains(h.log.String(), `"`+message+`"`) {
			t.Errorf("the log does not say %q:\n%s", message, h.log.String())
		}
	}
}

func TestC24_FileNamedByALocalDateWaitsForTheGracePeriod(t *testing.T) {
	h := newHome(t)
	h.Config.FlushGrace = 12 * time.Hour
	h.clock = time.Date(2026, 1, 14, 3, 0, 0, 0, time.UTC) // still the 13th in Los Angeles
	h.arrive("2026-01-13-a.ndjson", `{"x":1}`)
	h.sweep()
	h.want("alone", h.statuses(), "2026-01-13-a.ndjson pending")
	h.arrive("2026-01-13-b.ndjson", `{"x":1}`)
	h.arrive("2026-01-13-c.ndjson", `{"x":1}`)
	h.execute()
	h.want("a full batch goes", h.batches(), "2026-01-13-0001-20260114-030000 completed 3 files 3 rows")
}

func TestC26_DatesThatAreNoneOrLieAhead(t *testing.T) {
	h := newHome(t)
	h.arrive("2026-02-30-a.ndjson", `{"x":1}`)
	h.arrive("2026-01-15-a.ndjson", `{"x":1}`)
	h.arrive("2026-01-14-a.ndjson", `{"x":1}`) // tomorrow: today in Tokyo
	h.arrive("events.ndjson", `{"x":1}`)
	h.want("statuses", h.statuses(), `2026-01-14-a.ndjson pending
		2026-01-15-a.ndjson quarantined future-date
		2026-02-30-a.ndjson quarantined bad-date
		events.ndjson quarantined no-date`)
	ctx := t.Context()
	if _, err := h.Release(ctx, "2026-01-15", "2026-01-15-a.ndjson"); err == nil {
		t.Error("a file of the future was released before its date")
	}
	h.clock = h.clock.AddDate(0, 0, 1)
	if _, err := h.Release(ctx, "2026-01-15", "2026-01-15-a.ndjson"); err != nil {
		t.Error(err)
	}
	h.clock = h.clock.AddDate(0, 0, 3)
	h.sweep()
	h.want("once their dates are over", h.batches(), `2026-01-14-0001-20260117-120000 completed 1 files 1 rows
		2026-01-15-0001-20260117-120000 completed 1 files 1 rows`)
}

func TestTodayWaitsForAFullBatchOrItsAge(t *testing.T) {
	h := newHome(t)
	h.arrive("2026-01-13-a.ndjson", `{"x":1}`)
	h.clock = h.clock.Add(time.Hour)
	h.sweep()
	h.want("no age set", h.statuses(), "2026-01-13-a.ndjson pending")
	h.Config.MaxBatchAge = time.Hour
	h.sweep()
	h.want("an hour old", h.batches(), "2026-01-13-0001-20260113-130000 completed 1 files 1 rows")
}

// An invocation that has to answer starts a bounded number of batches; the sweep starts the others.
func TestAdvanceUpToLeavesTheRestToTheSweep(t *testing.T) {
	h := newHome(t)
	for i := range 12 { // four batches
		if _, err := h.Admit(t.Context(), pipeline.Arrival{Object: h.put(fmt.Sprintf("2026-01-13-%02d.ndjson", i),
			`{"x":1}`)}); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct{ limit, want int }{{0, 0}, {1, 1}, {2, 2}, {5, 1}} {
		if started, err := h.AdvanceUpTo(t.Context(), "2026-01-13", c.limit); err != nil || len(started) != c.want {
			t.Errorf("up to %d: started %v, %v; want %d", c.limit, started, err, c.want)
		}
	}
}
