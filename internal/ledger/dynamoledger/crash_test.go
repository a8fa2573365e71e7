package dynamoledger

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"

	"ndjson-parquet/internal/pipeline"
	"ndjson-parquet/internal/testenv"
)

const day = "2025-01-17"

// at returns the time n minutes into the test's day.
func at(n int) time.Time { return time.Date(2025, 1, 17, 12, n, 0, 0, time.UTC) }

func request(date string, i int) pipeline.AdmitRequest {
	name := fmt.Sprintf("%s-%06d.ndjson", date, i)
	return pipeline.AdmitRequest{Now: at(0).Add(time.Duration(i) * time.Millisecond), File: pipeline.File{
		DatePrefix: date, Key: name, Path: "s3://input/" + name, Size: 100, Status: pipeline.Pending,
		Version: pipeline.Version{ETag: fmt.Sprint(i)},
	}}
}

func admitAll(t testing.TB, l *Ledger, date string, from, to int) {
	t.Helper()
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := from + g; i < to; i += 8 {
				if _, err := l.Admit(t.Context(), request(date, i)); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
}

func claimRequest(date string, least, most int, now time.Time) pipeline.ClaimRequest {
	return pipeline.ClaimRequest{
		Date: date, Min: least, Max: most, Owner: "tester", LeaseTTL: time.Minute, Now: now,
		ManifestPath: func(id pipeline.BatchID) string { return "s3://manifests/" + string(id) },
	}
}

// cuts calls try once for every request of a step, with a fault at that request: the request is not
// executed, or its response is lost. try runs the step with the worker that it gets and returns the
// step's error. cuts ends when try returns no error, since the step then has fewer requests.
func cuts(t *testing.T, try func(t *testing.T, healthy, cut *Ledger, f *traffic) error) {
	for n := 1; ; n++ {
		done := 0
		for _, afterwards := range []bool{false, true} {
			var f traffic
			l := newTable(t)
			f.reset(nil)
			fault := func(i int) (bool, bool) { return i == n, afterwards }
			t.Run(fmt.Sprintf("request %d, done %v", n, afterwards), func(t *testing.T) {
				cut := withoutRetries(t, l, &f)
				f.reset(fault)
				if try(t, l, cut, &f) == nil && len(f.operations()) < n {
					done++
				}
			})
			if t.Failed() {
				return
			}
		}
		if done == 2 {
			t.Logf("cut at each of %d requests", n-1)
			return
		}
		if n == 60 {
			t.Fatal("the step never ends")
		}
	}
}

// rest has a healthy worker do what the sweep does: complete interrupted claims and claim the
// remaining files.
func rest(t *testing.T, l *Ledger, date string) {
	t.Helper()
	for _, err := range l.Stale(t.Context(), at(30), at(30)) {
		if err != nil {
			t.Fatal(err)
		}
	}
	for {
		b, _, err := l.Claim(t.Context(), claimRequest(date, 1, 200, at(30)))
		if err != nil {
			t.Fatal(err)
		}
		if b.ID == "" {
			return
		}
	}
}

// noOrphans checks that each of the files is in exactly one batch, which lists it, and that no
// batch is claiming.
func noOrphans(t *testing.T, l *Ledger, date string, files int) {
	t.Helper()
	listed := map[string]pipeline.BatchID{}
	for b, err := range l.Batches(t.Context(), date) {
		if err != nil {
			t.Fatal(err)
		}
		if b.Status != pipeline.Manifested {
			t.Errorf("batch %s is %s", b.ID, b.Status)
		}
		_, of, err := l.Batch(t.Context(), b.ID)
		if err != nil {
			t.Fatal(err)
		}
		if len(of) != b.FileCount || b.FileCount == 0 {
			t.Errorf("batch %s has %d files, its row says %d", b.ID, len(of), b.FileCount)
		}
		for _, f := range of {
			if listed[f.Key] != "" {
				t.Errorf("%s is in %s and %s", f.Key, listed[f.Key], b.ID)
			}
			listed[f.Key] = b.ID
		}
	}
	if len(listed) != files {
		t.Errorf("%d files are in batches, want %d", len(listed), files)
	}
	for f, err := range l.Files(t.Context(), date, "") {
		if err != nil {
			t.Fatal(err)
		}
		if f.Status != pipeline.Manifested || f.BatchID != listed[f.Key] {
			t.Errorf("%s is %s in %q, and %q lists it", f.Key, f.Status, f.BatchID, listed[f.Key])
		}
	}
}

func TestC10_C15_ClaimCutOffAtAnyRequestLeavesNoOrphan(t *testing.T) {
	testenv.SharedDynamoDBLocal(t).Setenv(t)
	for _, files := range []int{5, maxSingle + 22} {
		t.Run(fmt.Sprintf("%d files", files), func(t *testing.T) {
			cuts(t, func(t *testing.T, healthy, cut *Ledger, _ *traffic) error {
				admitAll(t, healthy, day, 0, files)
				_, _, err := cut.Claim(t.Context(), claimRequest(day, 1, 200, at(10)))
				rest(t, healthy, day)
				noOrphans(t, healthy, day, files)
				return err
			})
		})
	}
}

func TestC10_ChangeOfABatchCutOffAtAnyRequestIsCompletedByRepeatingIt(t *testing.T) {
	testenv.SharedDynamoDBLocal(t).Setenv(t)
	const files = maxTransaction + 5 // more than one transaction
	settle := func(s pipeline.Status) func(*testing.T, *Ledger, pipeline.BatchID) error {
		return func(t *testing.T, l *Ledger, id pipeline.BatchID) error {
			_, err := l.Settle(t.Context(), pipeline.Settlement{ID: id, Status: s, Now: at(20)})
			return err
		}
	}
	retry := func(t *testing.T, l *Ledger, id pipeline.BatchID) error {
		_, err := l.Retry(t.Context(), id, at(21))
		return err
	}
	start := func(t *testing.T, l *Ledger, id pipeline.BatchID) error {
		_, err := l.RecordAttempt(t.Context(), id, at(22))
		return err
	}
	for name, step := range map[string]struct {
		before []func(*testing.T, *Ledger, pipeline.BatchID) error
		do     func(*testing.T, *Ledger, pipeline.BatchID) error
		want   pipeline.Status
	}{
		"start":  {nil, start, pipeline.Processing},
		"settle": {nil, settle(pipeline.Completed), pipeline.Completed},
		"retry": {[]func(*testing.T, *Ledger, pipeline.BatchID) error{settle(pipeline.Failed)}, retry,
			pipeline.Manifested},
	} {
		t.Run(name, func(t *testing.T) {
			cuts(t, func(t *testing.T, healthy, cut *Ledger, f *traffic) error {
				fault := f.fault
				f.reset(nil)
				admitAll(t, healthy, day, 0, files)
				b, _, err := healthy.Claim(t.Context(), claimRequest(day, files, files, at(10)))
				if err != nil {
					t.Fatal(err)
				}
				for _, do := range step.before {
					if err := do(t, healthy, b.ID); err != nil {
						t.Fatal(err)
					}
				}
				f.reset(fault)
				first := step.do(t, cut, b.ID)
				kept, _, err := healthy.Batch(t.Context(), b.ID)
				if err != nil {
					t.Fatal(err)
				}
				if kept.Status != step.want {
					if err := step.do(t, healthy, b.ID); err != nil {
						t.Fatal(err)
					}
				}
				kept, of, err := healthy.Batch(t.Context(), b.ID)
				if err != nil {
					t.Fatal(err)
				}
				if kept.Status != step.want || len(of) != files {
					t.Errorf("the batch is %s with %d files", kept.Status, len(of))
				}
				for _, file := range of {
					if file.Status != step.want {
						t.Errorf("%s is %s", file.Key, file.Status)
					}
				}
				return first
			})
		})
	}
}

func TestC12_SlowWorkerCannotClaimForABatchThatWasFinished(t *testing.T) {
	testenv.SharedDynamoDBLocal(t).Setenv(t)
	l := newTable(t)
	const files = 150
	admitAll(t, l, day, 0, files)
	pending, err := l.pending(t.Context(), claimRequest(day, 1, 200, at(10)), nil)
	if err != nil {
		t.Fatal(err)
	}
	b, claimed := claimRequest(day, 1, 200, at(10)).ClaimedBatch(1, pending)
	b.Status = pipeline.Claiming
	row := batchRow{Batch: b, rev: 1}
	for _, f := range claimed {
		row.keys = append(row.keys, f.Key)
	}
	writes, err := l.newBatch(claimRequest(day, 1, 200, at(10)), nil, row)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.transact(t.Context(), writes); err != nil {
		t.Fatal(err)
	}
	if taken, err := l.claimChunk(t.Context(), &row, pending[:99], claimed[:99], nil); err != nil || !taken {
		t.Fatalf("first chunk: taken %v: %v", taken, err)
	}
	rest(t, l, day) // the sweep takes the worker for dead
	if taken, err := l.claimChunk(t.Context(), &row, pending[99:], claimed[99:], nil); err != nil || taken {
		t.Errorf("the slow worker's second chunk: taken %v: %v", taken, err)
	}
	noOrphans(t, l, day, files)
}

func TestC15_ThrottlingIsRetriedInside(t *testing.T) {
	testenv.SharedDynamoDBLocal(t).Setenv(t)
	var f traffic
	l := newTable(t, f.install, func(cfg *aws.Config) {
		cfg.Retryer = func() aws.Retryer {
			return retry.NewStandard(func(o *retry.StandardOptions) {
				o.MaxBackoff = 5 * time.Millisecond
				o.RateLimiter = unlimited{}
			})
		}
	})
	// Four in five requests fail, half of them after they were executed.
	f.reset(func(n int) (bool, bool) { return n%5 != 0, n%2 == 0 })
	const files = 130
	for i := range files {
		if _, err := l.Admit(t.Context(), request(day, i)); err != nil {
			t.Fatal(err)
		}
	}
	b, claimed, err := l.Claim(t.Context(), claimRequest(day, files, files, at(10)))
	if err != nil || len(claimed) != files {
		t.Fatalf("claimed %d files: %v", len(claimed), err)
	}
	noOrphans(t, l, day, files)
	if _, err := l.RecordAttempt(t.Context(), b.ID, at(11)); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Settle(t.Context(), pipeline.Settlement{ID: b.ID, Status: pipeline.Completed,
		Now: at(12)}); err != nil {
		t.Fatal(err)
	}
	_, of, err := l.Batch(t.Context(), b.ID)
	if err != nil || slices.ContainsFunc(of, func(f pipeline.File) bool { return f.Status != pipeline.Completed }) {
		t.Errorf("not every file is completed: %v", err)
	}
}
