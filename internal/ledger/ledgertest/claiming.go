package ledgertest

import (
	"cmp"
	"fmt"
	"testing"
	"time"

	"ndjson-parquet/internal/pipeline"
)

var claiming = []contract{
	{"Claim_TakesOldestFirstThenByKey", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		admit(t, l, arrival(day, "c", 1), pipeline.OverwriteQuarantine, at(2))
		admit(t, l, arrival(day, "b", 1), pipeline.OverwriteQuarantine, at(1))
		admit(t, l, arrival(day, "a", 1), pipeline.OverwriteQuarantine, at(2))
		admit(t, l, arrival(day, "d", 1), pipeline.OverwriteQuarantine, at(2).Add(time.Microsecond))
		admit(t, l, arrival(later, "e", 1), pipeline.OverwriteQuarantine, at(0))
		b, files := claim(t, l, day, 1, 3, at(9))
		want := []string{day + "-b.ndjson", day + "-a.ndjson", day + "-c.ndjson"}
		same(t, "files", keys(files), want)
		_, files = batch(t, l, b.ID)
		same(t, "the batch's files", keys(files), want)
	}},
	{"Claim_ReturnsBatchAndFilesAsTheyAreKept", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		rows := admitted(t, l, day, 3)
		b, files := claim(t, l, day, 3, 10, at(9))
		want := pipeline.Batch{
			ID: day + "-0001-20250117-143109", Status: pipeline.Manifested, FileCount: 3, Bytes: 3003,
			ManifestPath: "s3://manifests/2025-01-17/batch-0001-20250117-143109.json", CreatedAt: at(9),
			UpdatedAt: at(9),
		}
		same(t, "batch", b, want)
		for i := range rows {
			rows[i].Status, rows[i].BatchID, rows[i].UpdatedAt = pipeline.Manifested, b.ID, at(9)
		}
		same(t, "files", files, rows)
		keptBatch, kept := batch(t, l, b.ID)
		same(t, "kept batch", keptBatch, want)
		same(t, "kept files", kept, rows)
	}},
	{"Claim_BelowMinTakesNothing", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		admitted(t, l, day, 2)
		b, files := claim(t, l, day, 3, 10, at(5))
		same(t, "batch", b, pipeline.Batch{})
		same(t, "files", files, []pipeline.File(nil))
		same(t, "pending", statuses(all(t, l.Files(t.Context(), day, ""))), repeat(pipeline.Pending, 2))
		same(t, "batches", ids(all(t, l.Batches(t.Context(), ""))), []pipeline.BatchID(nil))
	}},
	{"C41_Claim_NothingPendingWritesNothing", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		b, files := claim(t, l, day, 0, 10, at(5))
		same(t, "batch", b, pipeline.Batch{})
		same(t, "files", files, []pipeline.File(nil))
		same(t, "batches", ids(all(t, l.Batches(t.Context(), ""))), []pipeline.BatchID(nil))
	}},
	{"Claim_RefusesImpossibleRequests", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		admitted(t, l, day, 1)
		for name, r := range map[string]pipeline.ClaimRequest{
			"max 0": claimOf(day, 0, 0, at(1)), "min over max": claimOf(day, 2, 1, at(1)),
			"no date": claimOf(pipeline.Undated, 1, 1, at(1)),
		} {
			if _, _, err := l.Claim(t.Context(), r); err == nil {
				t.Errorf("%s: no error", name)
			}
		}
	}},
	{"C14_Claim_TwoBatchesOfOneDateInTheSameSecond", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		admitted(t, l, day, 4)
		first, a := claim(t, l, day, 2, 2, at(9))
		second, b := claim(t, l, day, 2, 2, at(9))
		same(t, "ids", []pipeline.BatchID{first.ID, second.ID},
			[]pipeline.BatchID{day + "-0001-20250117-143109", day + "-0002-20250117-143109"})
		same(t, "files", append(keys(a), keys(b)...), keys(all(t, l.Files(t.Context(), day, pipeline.Manifested))))
		same(t, "rows", ids(all(t, l.Batches(t.Context(), day))), []pipeline.BatchID{first.ID, second.ID})
	}},
	{"C25_Claim_LateFileOfAClosedDateGetsItsOwnBatch", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		b, _ := claimed(t, l, day, 2)
		settle(t, l, pipeline.Settlement{ID: b.ID, Status: pipeline.Completed, Now: at(8)})
		admit(t, l, arrival(day, "late", 1), pipeline.OverwriteQuarantine, at(20))
		next, files := claim(t, l, day, 1, 10, at(21))
		same(t, "files", keys(files), []string{day + "-late.ndjson"})
		same(t, "id", next.ID, pipeline.BatchID(day+"-0002-20250117-143121"))
	}},
	{"Claim_NumbersCountOnPerDate", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		admitted(t, l, later, 1)
		first, _ := claim(t, l, later, 1, 1, at(1))
		same(t, "another date starts at 1", first.ID, pipeline.BatchID(later+"-0001-20250117-143101"))
		admitted(t, l, day, 12)
		for i := range 12 {
			got, _ := claim(t, l, day, 1, 1, at(20))
			same(t, "id", got.ID, pipeline.NewBatchID(day, i+1, at(20)))
		}
	}},
	{"Claim_LargeBatchIsWhole", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		for i := range 260 { // more than the 100 items of one DynamoDB transaction
			admit(t, l, arrival(day, fmt.Sprintf("%04d", i), 1), pipeline.OverwriteQuarantine, at(1))
		}
		b, files := claim(t, l, day, 250, 250, at(9))
		same(t, "count", []int{len(files), b.FileCount}, []int{250, 250})
		kept, rows := batch(t, l, b.ID)
		same(t, "batch", kept, b)
		same(t, "files", rows, files)
		if _, err := l.RecordAttempt(t.Context(), b.ID, at(10)); err != nil {
			t.Fatal(err)
		}
		_, rows = batch(t, l, b.ID)
		same(t, "started", statuses(rows), repeat(pipeline.Processing, 250))
		settle(t, l, pipeline.Settlement{ID: b.ID, Status: pipeline.Failed, Error: "boom", Now: at(11)})
		_, rows = batch(t, l, b.ID)
		same(t, "failed", statuses(rows), repeat(pipeline.Failed, 250))
		if _, err := l.Retry(t.Context(), b.ID, at(12)); err != nil {
			t.Fatal(err)
		}
		_, rows = batch(t, l, b.ID)
		same(t, "retried", statuses(rows), repeat(pipeline.Manifested, 250))
		settle(t, l, pipeline.Settlement{ID: b.ID, Status: pipeline.Completed, Now: at(13)})
		_, rows = batch(t, l, b.ID)
		same(t, "completed", statuses(rows), repeat(pipeline.Completed, 250))
		same(t, "pending", len(all(t, l.Files(t.Context(), day, pipeline.Pending))), 10)
	}},
	{"C43_Claim_CostDoesNotGrowWithThePending", func(t *testing.T, b Backend, l pipeline.Ledger) {
		large := cmp.Or(b.Large, 5000)
		fill(t, l, day, large)
		fill(t, l, later, 20*10)
		few, many := claimTime(t, l, later), claimTime(t, l, day)
		t.Logf("claim of 10 files: %v with at most 200 pending, %v with %d pending", few, many, large)
		if many > 5*few+20*time.Millisecond {
			t.Errorf("a claim takes %v with 200 pending and %v with %d", few, many, large)
		}
	}},
}

// leases are the contracts of ledgers whose claims need a lease on the date.
var leases = []contract{
	{"C11_Claim_LoserOfTheLeaseLetsGo", func(t *testing.T, b Backend, l pipeline.Ledger) {
		admitted(t, l, day, 2)
		b.HoldLease(t, l, day, at(30))
		_, _, err := l.Claim(t.Context(), claimOf(day, 1, 2, at(10)))
		isError(t, "claim", err, pipeline.ErrLeaseHeld)
		same(t, "files", statuses(all(t, l.Files(t.Context(), day, ""))), repeat(pipeline.Pending, 2))
		admitted(t, l, later, 1)
		if _, files := claim(t, l, later, 1, 1, at(10)); len(files) != 1 {
			t.Fatal("a lease on one date must not hold up another")
		}
	}},
	{"C12_Claim_LeaseOfADeadWorkerEndsByTheClock", func(t *testing.T, b Backend, l pipeline.Ledger) {
		admitted(t, l, day, 2)
		b.HoldLease(t, l, day, at(30))
		_, files := claim(t, l, day, 1, 2, at(32))
		same(t, "claimed", len(files), 2)
	}},
}

// fill admits n files of a date, several at a time.
func fill(t tester, l pipeline.Ledger, date string, n int) {
	t.Helper()
	parallel(t, 50, n, func(i int) error {
		_, err := l.Admit(t.Context(), pipeline.AdmitRequest{File: arrival(date, fmt.Sprintf("%06d", i), 1),
			Now: at(0)})
		return err
	})
}

// claimTime returns the median time of a claim of 10 files.
func claimTime(t tester, l pipeline.Ledger, date string) time.Duration {
	t.Helper()
	var times [15]time.Duration
	for i := range times {
		begin := time.Now()
		if _, files := claim(t, l, date, 10, 10, at(30)); len(files) != 10 {
			t.Fatalf("claimed %d files, want 10", len(files))
		}
		times[i] = time.Since(begin)
	}
	return median(times[:])
}
