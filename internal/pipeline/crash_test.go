package pipeline_test

import (
	"errors"
	"fmt"
	"path"
	"strings"
	"testing"
	"time"

	"ndjson-parquet/internal/objectstore"
	"ndjson-parquet/internal/pipeline"
)

func TestC2_OldEventThatArrivesLastIsIgnored(t *testing.T) {
	h := newHome(t)
	older := h.put("2026-01-13-a.ndjson", `{"x":1}`)
	newer := h.put("2026-01-13-a.ndjson", `{"x":2}`)
	for _, a := range []pipeline.Arrival{{Object: newer, Sequencer: "0055AED6DCD90281E6"},
		{Object: older, Sequencer: "0055AED6DCD90281E5F"}} {
		if _, err := h.Admit(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	}
	f, err := h.Ledger.File(t.Context(), "2026-01-13", "2026-01-13-a.ndjson")
	if err != nil || f.ETag != newer.ETag {
		t.Errorf("the ledger has %s (%v), want the newer version %s", f.ETag, err, newer.ETag)
	}
}

func TestC3_LostEventIsFoundByTheSweep(t *testing.T) {
	h := newHome(t)
	h.put("2026-01-12-a.ndjson", `{"x":1}`)
	h.sweep()
	h.want("batches", h.batches(), "2026-01-12-0001-20260113-120000 completed 1 files 1 rows")
}

// TestC3_RecentSweepFindsWhatWasPutLatelyAndListsLittle has an input with many old files of earlier
// dates. The hourly sweep skips the names of those dates, looks up only files that were put since,
// and still finds every lost event of today and yesterday and of files in folders. The daily sweep
// finds the rest.
func TestC3_RecentSweepFindsWhatWasPutLatelyAndListsLittle(t *testing.T) {
	h := newHome(t)
	h.clock = time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC)
	for i := range 50 {
		h.put(fmt.Sprintf("2026-01-%02d-%02d.ndjson", 1+i%10, i), `{"x":1}`)
	}
	h.put("web/2026-01-10-old.ndjson", `{"x":1}`)
	h.clock = time.Date(2026, 1, 13, 12, 0, 0, 0, time.UTC)
	h.Config.FlushGrace = 100 * 24 * time.Hour // the files stay pending: the test is about finding them
	late := []string{"2026-01-13-today.ndjson", "2026-01-12-yesterday.ndjson", "2026-01-14-ahead.ndjson",
		"web/2026-01-02-below.ndjson", "01/2026-01-12-below.ndjson"}
	for _, key := range late {
		h.put(key, `{"x":1}`)
	}
	h.put("2026-01-02-late.ndjson", `{"x":1}`)
	h.clock = h.clock.Add(time.Hour)
	r, err := h.Sweep(t.Context(), pipeline.SweepOptions{List: true, Recent: 2 * time.Hour})
	if err != nil || r.Listed != len(late) || r.Admitted != len(late) {
		t.Errorf("the recent sweep: %+v, %v; want %d listed and admitted", r, err, len(late))
	}
	for _, key := range late {
		if _, err := h.Ledger.File(t.Context(), path.Base(key)[:10], key); err != nil {
			t.Errorf("%s: %v", key, err)
		}
	}
	r, err = h.Sweep(t.Context(), pipeline.SweepOptions{List: true})
	if err != nil || r.Listed != 57 || r.Admitted != 52 {
		t.Errorf("the full sweep: %+v, %v; want 57 listed and 52 admitted", r, err)
	}
}

// TestListingThatTakesTooLongIsAnErrorAndTheRestIsDone has an input that cannot be listed in time.
func TestListingThatTakesTooLongIsAnErrorAndTheRestIsDone(t *testing.T) {
	h := newHome(t)
	h.arrive("2026-01-12-pending.ndjson", `{"x":1}`)
	for i := range 1100 {
		h.put(fmt.Sprintf("2026-01-11-%04d.ndjson", i), `{"x":1}`)
	}
	h.Config.MaxFilesPerManifest = 2000
	slow := func(pipeline.Arrival) bool { h.clock = h.clock.Add(time.Second); return true }
	r, err := h.Sweep(t.Context(), pipeline.SweepOptions{List: true, ListFor: 10 * time.Minute, Ready: slow})
	if err == nil || !strings.Contains(err.Error(), "2026-01-11-0999.ndjson") ||
		!strings.Contains(err.Error(), "backfill") {
		t.Errorf("the error does not say how far it came and what to do: %v", err)
	}
	if r.Admitted != 1000 || r.Started == 0 {
		t.Errorf("%+v; want 1000 admitted and some batches started", r)
	}
	if r, err := h.Sweep(t.Context(), pipeline.SweepOptions{List: true, ListFor: 10 * time.Minute,
		Ready: slow}); err != nil || r.Admitted != 100 {
		t.Errorf("with enough time: %+v, %v; want 100 admitted", r, err)
	}
}

func TestC13_WorkflowThatCouldNotBeStartedIsStartedLaterOnce(t *testing.T) {
	h := newHome(t)
	h.startError = errors.New("throttled")
	for _, name := range []string{"a", "b", "c"} {
		h.arrive("2026-01-13-"+name+".ndjson", `{"x":1}`)
	}
	h.want("claimed and not started", h.batches(), "2026-01-13-0001-20260113-120000 manifested 3 files 0 rows")
	h.startError = nil
	h.clock = h.clock.Add(2 * time.Minute)
	for range 3 {
		if _, err := h.Sweep(t.Context(), pipeline.SweepOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	if len(h.started) != 1 {
		t.Fatalf("started %d times, want once", len(h.started))
	}
	h.execute()
	h.want("in the end", h.batches(), "2026-01-13-0001-20260113-120000 completed 3 files 3 rows")
}

func TestC14_TwoBatchesOfOneDateInTheSameSecond(t *testing.T) {
	h := newHome(t)
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		h.arrive("2026-01-13-"+name+".ndjson", `{"x":1}`)
	}
	h.execute()
	h.want("batches", h.batches(), `2026-01-13-0001-20260113-120000 completed 3 files 3 rows
		2026-01-13-0002-20260113-120000 completed 3 files 3 rows`)
	for _, key := range []string{"part-0001-20260113-120000-00000.snappy.parquet",
		"part-0002-20260113-120000-00000.snappy.parquet"} {
		if _, err := h.output.Head(t.Context(), "merged-parquet-2026-01-13/"+key); err != nil {
			t.Error(err)
		}
	}
}

func TestC16_ASlowSecondRunChangesNothing(t *testing.T) {
	h := newHome(t)
	ctx := t.Context()
	h.arrive("2026-01-12-a.ndjson", `{"x":1}`)
	id := h.started[0].BatchID
	m, err := h.ReadManifest(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	slow, err := h.Convert(ctx, m) // the queue delivers the work again while this run converts
	if err != nil {
		t.Fatal(err)
	}
	h.put("2026-01-12-a.ndjson", `{"x":2}`) // so that the second run has another result
	h.execute()
	h.want("the second run came first", h.statuses(), "2026-01-12-a.ndjson failed conflict")
	commit, err := h.Publish(ctx, slow)
	if err != nil {
		t.Fatal(err)
	}
	if commit.Rows != 0 {
		t.Errorf("the slow run committed %d rows after the batch was committed with none", commit.Rows)
	}
	h.verified()
}

// A run crashes between its object and its commit, and an input is overwritten before the next run:
// the object stays, and the commit describes it.
func TestC10_C4_ObjectOfADeadRunIsCommittedAsItIs(t *testing.T) {
	h := newHome(t)
	ctx := t.Context()
	h.arrive("2026-01-12-a.ndjson", `{"x":1}`, `not json`, ``)
	id := h.started[0].BatchID
	first, err := h.ConvertAndPublish(ctx, id, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.output.Delete(ctx, pipeline.CommitKey(id)); err != nil {
		t.Fatal(err)
	}
	h.put("2026-01-12-a.ndjson", `{"x":2}`)
	h.execute()
	h.want("statuses", h.statuses(), "2026-01-12-a.ndjson completed")
	second, err := h.ReadCommit(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	if second.Outputs[0] != first.Outputs[0] || second.Inputs[0] != first.Inputs[0] ||
		second.SchemaVersion != first.SchemaVersion {
		t.Errorf("the commit is\n%+v\nand was\n%+v", second, first)
	}
}

// Two batches learn different types for the same new column at the same time.
func TestC27_TheFirstInTheSchemaLogDecidesTheType(t *testing.T) {
	h := newHome(t)
	ctx := t.Context()
	h.arrive("2026-01-11-a.ndjson", `{"x":1}`)
	h.arrive("2026-01-12-a.ndjson", `{"x":"one"}`, `{"x":2}`)
	ids := []pipeline.BatchID{h.started[0].BatchID, h.started[1].BatchID}
	h.execute()
	first, err1 := h.ReadCommit(ctx, ids[0])
	second, err2 := h.ReadCommit(ctx, ids[1])
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	newest, err := h.SchemaLog().Newest(ctx)
	if err != nil || newest != 1 || first.SchemaVersion != 1 || second.SchemaVersion != 1 {
		t.Errorf("newest schema %d (%v), commits with %d and %d: want 1 everywhere", newest, err, first.SchemaVersion,
			second.SchemaVersion)
	}
	if second.Rescued != 1 {
		t.Errorf("%d values rescued, want the string among the numbers", second.Rescued)
	}
}

func TestC9_MissingFileEndsWithAnAlert(t *testing.T) {
	h := newHome(t)
	h.arrive("2026-01-12-a.ndjson", `{"x":1}`)
	if err := h.input.Delete(t.Context(), "2026-01-12-a.ndjson"); err != nil {
		t.Fatal(err)
	}
	h.execute()
	h.want("statuses", h.statuses(), "2026-01-12-a.ndjson failed missing")
	if len(h.alerts) != 1 || h.alerts[0].Error.Error != pipeline.ReasonMissing ||
		h.alerts[0].File != "2026-01-12-a.ndjson" {
		t.Errorf("alerts: %+v; want one that says that 2026-01-12-a.ndjson is missing", h.alerts)
	}
}

func TestC19_OnePoisonFileInTen(t *testing.T) {
	h := newHome(t)
	h.Config.MaxFilesPerManifest, h.Config.MaxRejectedPercent = 10, 50
	for _, name := range []string{"0", "1", "2", "3", "4", "5", "6", "7", "8"} {
		h.arrive("2026-01-13-"+name+".ndjson", `{"x":1}`)
	}
	h.arrive("2026-01-13-9.ndjson", `poison`, `{"x":1}`, `poison`)
	h.execute()
	h.want("batches", h.batches(), "2026-01-13-0001-20260113-120000 completed 10 files 9 rows")
	f, err := h.Ledger.File(t.Context(), "2026-01-13", "2026-01-13-9.ndjson")
	if err != nil || f.Status != pipeline.Quarantined || f.Reason != pipeline.ReasonTooManyRejects {
		t.Errorf("the poison file is %s %s (%v), want quarantined too-many-rejects", f.Status, f.Reason, err)
	}
	if _, err := h.input.Head(t.Context(), f.Key); !errors.Is(err, objectstore.ErrNotFound) {
		t.Errorf("the poison file is still in the input: %v", err)
	}
	// The operator releases it.
	if _, err := h.Release(t.Context(), "2026-01-13", f.Key); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Flush(t.Context(), "2026-01-13"); err != nil {
		t.Fatal(err)
	}
	h.execute()
	h.want("released", h.batches(), `2026-01-13-0001-20260113-120000 completed 10 files 9 rows
		2026-01-13-0002-20260113-120000 completed 1 files 1 rows`)
}

// A file without a record has no rows to lose, so it must not be completed with none.
func TestAFileThatIsNotNDJSONIsQuarantinedAlone(t *testing.T) {
	h := newHome(t)
	h.Config.MaxFilesPerManifest = 10
	for _, name := range []string{"0", "1", "2", "3", "4", "5", "6", "7", "8"} {
		h.arrive("2026-01-13-"+name+".ndjson", `{"x":1}`)
	}
	h.arrive("2026-01-13-9.ndjson", `id,name`, `1,x`)
	h.execute()
	h.want("batches", h.batches(), "2026-01-13-0001-20260113-120000 completed 10 files 9 rows")
	f, err := h.Ledger.File(t.Context(), "2026-01-13", "2026-01-13-9.ndjson")
	if err != nil {
		t.Fatal(err)
	}
	if f.Status != pipeline.Quarantined || f.Reason != pipeline.ReasonNotNDJSON || !strings.Contains(f.Detail, "CSV") {
		t.Errorf("the CSV file is %s %s: %s", f.Status, f.Reason, f.Detail)
	}
	if advice := pipeline.Advise(f, pipeline.ResumedByCommand).String(); !strings.Contains(advice, "RECORDS_PATH") {
		t.Errorf("advice: %s", advice)
	}
	// Released without another setting, it is completed, and all of it is in the rejected records.
	if _, err := h.Release(t.Context(), "2026-01-13", f.Key); err != nil {
		t.Fatal(err)
	}
	if _, err := h.Flush(t.Context(), "2026-01-13"); err != nil {
		t.Fatal(err)
	}
	h.execute()
	if f, err = h.Ledger.File(t.Context(), "2026-01-13", f.Key); err != nil || f.Status != pipeline.Completed ||
		f.Rejected != 2 {
		t.Errorf("the released file is %s with %d rejected records (%v)", f.Status, f.Rejected, err)
	}
}

func TestOdditiesAreInTheCommitRecord(t *testing.T) {
	h := newHome(t)
	h.arrive("2026-01-12-a.ndjson", `{"x":1}{"x":2}`, `{"x":3}{"x":4}`)
	id := h.started[0].BatchID
	h.execute()
	commit, err := h.ReadCommit(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	if commit.Rows != 4 || len(commit.Oddities) != 1 || commit.Oddities[0].Kind != "joined-records" ||
		commit.Oddities[0].Count != 2 || commit.Oddities[0].Line != 1 || commit.Oddities[0].Offset != 7 {
		t.Errorf("%d rows, oddities %+v", commit.Rows, commit.Oddities)
	}
}
