package ledgertest

import (
	"cmp"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"ndjson-parquet/internal/pipeline"
)

var racing = []contract{
	{"C1_HundredGoroutinesAdmitTheSameEvent", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		for round := range 3 {
			f := arrival(day, fmt.Sprintf("%02d", round), 1)
			verdicts := make([]pipeline.Verdict, 100)
			parallel(t, 100, 100, func(i int) error {
				a, err := l.Admit(t.Context(),
					pipeline.AdmitRequest{File: f, Policy: pipeline.OverwriteAppend, Now: at(i % 50)})
				verdicts[i] = a.Verdict
				return err
			})
			slices.Sort(verdicts)
			want := append([]pipeline.Verdict{pipeline.Admitted},
				slices.Repeat([]pipeline.Verdict{pipeline.Known}, 99)...)
			same(t, "verdicts", verdicts, want)
		}
		same(t, "rows", len(all(t, l.Files(t.Context(), "", ""))), 3)
	}},
	{"C2_HundredGoroutinesAdmitVersionsInAnyOrder_TheNewestWins", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		parallel(t, 100, 100, func(i int) error {
			f := arrival(day, "a", 1+(i*37)%100)
			_, err := l.Admit(t.Context(),
				pipeline.AdmitRequest{File: f, Policy: pipeline.OverwriteQuarantine, Now: at(0)})
			return err
		})
		rows := all(t, l.Files(t.Context(), "", ""))
		same(t, "rows", len(rows), 1)
		same(t, "version", rows[0].ETag, "etag-100")
	}},
	{"C4_GoroutinesAdmitOneNewVersionOfAClaimedFile_OneRow", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		claimed(t, l, day, 1)
		verdicts := make([]pipeline.Verdict, 30)
		parallel(t, 30, 30, func(i int) error {
			a, err := l.Admit(t.Context(),
				pipeline.AdmitRequest{File: arrival(day, "00", 2), Policy: pipeline.OverwriteAppend, Now: at(5)})
			verdicts[i] = a.Verdict
			return err
		})
		slices.Sort(verdicts)
		same(t, "verdicts", verdicts, append([]pipeline.Verdict{pipeline.Admitted},
			slices.Repeat([]pipeline.Verdict{pipeline.Known}, 29)...))
		same(t, "rows", len(all(t, l.Files(t.Context(), "", ""))), 2)
	}},
	{"C11_HundredGoroutinesClaimOneDate", func(t *testing.T, b Backend, l pipeline.Ledger) {
		const files, size = 230, 10
		racers := cmp.Or(b.Racers, 100)
		fill(t, l, day, files)
		var mu sync.Mutex
		owner := map[string]pipeline.BatchID{}
		batches := map[pipeline.BatchID]int{}
		parallel(t, racers, racers, func(i int) error {
			for {
				r := claimOf(day, 1, size, at(30))
				r.Owner = fmt.Sprintf("worker-%d", i)
				b, got, err := l.Claim(t.Context(), r)
				if errors.Is(err, pipeline.ErrLeaseHeld) {
					time.Sleep(rand.N(200 * time.Millisecond))
					continue
				}
				if err != nil || b.ID == "" {
					return err
				}
				mu.Lock()
				for _, f := range got {
					if before, twice := owner[f.Key]; twice {
						err = fmt.Errorf("file %s is in batches %s and %s", f.Key, before, b.ID)
					}
					owner[f.Key] = b.ID
				}
				if batches[b.ID] > 0 {
					err = fmt.Errorf("two batches are called %s", b.ID)
				}
				batches[b.ID] = len(got)
				mu.Unlock()
				if err != nil {
					return err
				}
			}
		})
		same(t, "files claimed", len(owner), files)
		rows := all(t, l.Files(t.Context(), day, ""))
		for _, f := range rows {
			if f.Status != pipeline.Manifested || f.BatchID != owner[f.Key] {
				t.Fatalf("row %+v, but it was claimed into %q", f, owner[f.Key])
			}
		}
		kept := all(t, l.Batches(t.Context(), day))
		same(t, "batches", len(kept), len(batches))
		for _, b := range kept {
			same(t, string(b.ID), b.FileCount, batches[b.ID])
		}
	}},
	{"C4_C11_ClaimsAndNewVersionsRace_OneVersionIsClaimed", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		fill(t, l, day, 40)
		var mu sync.Mutex
		version := map[string]string{}
		parallel(t, 20, 80, func(i int) error {
			if i%2 == 0 {
				f := arrival(day, fmt.Sprintf("%06d", i/2), 2)
				_, err := l.Admit(t.Context(),
					pipeline.AdmitRequest{File: f, Policy: pipeline.OverwriteQuarantine, Now: at(1)})
				return err
			}
			_, files, err := l.Claim(t.Context(), claimOf(day, 1, 7, at(2)))
			if errors.Is(err, pipeline.ErrLeaseHeld) {
				return nil
			}
			mu.Lock()
			defer mu.Unlock()
			for _, f := range files {
				version[f.Key] = f.ETag
			}
			return err
		})
		for key, etag := range version {
			f := row(t, l, day, key)
			same(t, key, []any{f.Status, f.ETag}, []any{pipeline.Manifested, etag})
			versions, err := l.Versions(t.Context(), day, key)
			if err != nil {
				t.Fatal(err)
			}
			if want := map[string]int{"etag-1": 2, "etag-2": 1}[etag]; len(versions) != want {
				t.Errorf("%s was claimed as %s and has %d rows, want %d", key, etag, len(versions), want)
			}
		}
	}},
	{"C21_GoroutinesStartAndSettleOneBatch_OneOutcome", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		b, _ := claimed(t, l, day, 5)
		parallel(t, 20, 40, func(i int) error {
			var err error
			switch i % 4 {
			case 0, 1:
				_, err = l.RecordAttempt(t.Context(), b.ID, at(10))
			case 2:
				_, err = l.Settle(t.Context(),
					pipeline.Settlement{ID: b.ID, Status: pipeline.Failed, Error: "given up", Now: at(11)})
			case 3:
				_, err = l.Settle(t.Context(), pipeline.Settlement{ID: b.ID, Status: pipeline.Completed, Now: at(12)})
			}
			if errors.Is(err, pipeline.ErrState) {
				return nil
			}
			return err
		})
		kept, files := batch(t, l, b.ID)
		same(t, "batch", []any{kept.Status, kept.Error}, []any{pipeline.Completed, ""})
		same(t, "files", statuses(files), repeat(pipeline.Completed, 5))
	}},
	{"GoroutinesRetryOneBatch_OneSucceeds", func(t *testing.T, _ Backend, l pipeline.Ledger) {
		b, _ := started(t, l, day, 3)
		settle(t, l, pipeline.Settlement{ID: b.ID, Status: pipeline.Failed, Now: at(10)})
		refused := make([]bool, 20)
		parallel(t, 20, 20, func(i int) error {
			_, err := l.Retry(t.Context(), b.ID, at(11))
			if refused[i] = errors.Is(err, pipeline.ErrState); refused[i] {
				return nil
			}
			return err
		})
		count := 0
		for _, r := range refused {
			if !r {
				count++
			}
		}
		same(t, "successes", count, 1)
		kept, files := batch(t, l, b.ID)
		same(t, "batch", []any{kept.Status, kept.Retries}, []any{pipeline.Manifested, 1})
		same(t, "files", statuses(files), repeat(pipeline.Manifested, 3))
	}},
}

// parallel calls do for 0 … n-1 from several goroutines, which begin together, and fails t with the
// first error.
func parallel(t tester, goroutines, n int, do func(i int) error) {
	t.Helper()
	work := make(chan int, n)
	for i := range n {
		work <- i
	}
	close(work)
	var wg sync.WaitGroup
	begin := make(chan struct{})
	failures := make(chan error, goroutines)
	for range goroutines {
		wg.Go(func() {
			<-begin
			for i := range work {
				if err := do(i); err != nil {
					failures <- err
					return
				}
			}
		})
	}
	close(begin)
	wg.Wait()
	close(failures)
	if err := <-failures; err != nil {
		t.Fatal(err)
	}
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}
