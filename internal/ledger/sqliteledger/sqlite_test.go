package sqliteledger

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"ndjson-parquet/internal/ledger/ledgertest"
	"ndjson-parquet/internal/pipeline"
)

func TestContract(t *testing.T) {
	ledgertest.Run(t, ledgertest.Backend{Open: func(t testing.TB) pipeline.Ledger { return openNew(t) }})
}

func TestDeadLetterContract(t *testing.T) {
	ledgertest.RunDeadLetters(t, func(t testing.TB) pipeline.DeadLetters { return openNew(t) })
}

func openNew(t testing.TB) *Ledger {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "tracking.db"))
}

func openAt(t testing.TB, path string) *Ledger {
	t.Helper()
	l, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

const day = "2025-01-17"

func request(date string, i int) pipeline.AdmitRequest {
	key := fmt.Sprintf("%s-%06d.ndjson", date, i)
	return pipeline.AdmitRequest{Now: time.Unix(1737124260+int64(i/100), 0), File: pipeline.File{
		DatePrefix: date, Key: key, Path: "file:///data/input/" + key, Size: 1024, Status: pipeline.Pending,
		Version: pipeline.Version{ETag: fmt.Sprintf("%032x", i)},
	}}
}

func claimRequest(date string, least, most int) pipeline.ClaimRequest {
	return pipeline.ClaimRequest{Date: date, Min: least, Max: most, Now: time.Unix(1737130000, 0),
		ManifestPath: func(id pipeline.BatchID) string { return string(id) }}
}

func mustAdmit(t testing.TB, l *Ledger, r pipeline.AdmitRequest) {
	t.Helper()
	if _, err := l.Admit(t.Context(), r); err != nil {
		t.Fatal(err)
	}
}

func TestReopened_KnowsEverything(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new folder", "a b%20#?ü.db")
	l := openAt(t, path)
	mustAdmit(t, l, request(day, 1))
	b, _, err := l.Claim(t.Context(), claimRequest(day, 1, 1))
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := OpenExisting(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = again.Close() }()
	got, files, err := again.Batch(t.Context(), b.ID)
	if err != nil || got.Status != pipeline.Manifested || len(files) != 1 {
		t.Fatalf("batch %+v with files %+v: %v", got, files, err)
	}
}

func TestOpen_ProcessesThatMakeANewLedgerTogetherMakeItOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tracking.db")
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			l, err := Open(path)
			if err != nil {
				t.Error(err)
				return
			}
			defer func() { _ = l.Close() }()
			if _, err := l.Admit(t.Context(), request(day, i)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	l := openAt(t, path)
	sums, err := l.Summary(t.Context(), "")
	if err != nil || len(sums) != 1 || sums[0].Files[pipeline.Pending] != 8 {
		t.Fatalf("summary %+v: %v", sums, err)
	}
}

// TestC11_TwoProcessesClaimOneDate opens one file with two ledgers, which share nothing but the
// file, like two processes.
func TestC11_TwoProcessesClaimOneDate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tracking.db")
	ledgers := []*Ledger{openAt(t, path), openAt(t, path)}
	const files = 200
	for i := range files {
		mustAdmit(t, ledgers[i%2], request(day, i))
	}
	var mu sync.Mutex
	owner := map[string]pipeline.BatchID{}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for {
				b, got, err := ledgers[i%2].Claim(t.Context(), claimRequest(day, 1, 7))
				if err != nil {
					t.Error(err)
					return
				}
				if b.ID == "" {
					return
				}
				mu.Lock()
				for _, f := range got {
					if owner[f.Key] != "" {
						t.Errorf("%s is in %s and %s", f.Key, owner[f.Key], b.ID)
					}
					owner[f.Key] = b.ID
				}
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(owner) != files {
		t.Errorf("%d files were claimed, want %d", len(owner), files)
	}
}

func TestClose_AnswersEveryCall(t *testing.T) {
	l := openNew(t)
	acknowledged := make([]error, 300)
	var wg sync.WaitGroup
	for i := range acknowledged {
		wg.Go(func() { _, acknowledged[i] = l.Admit(t.Context(), request(day, i)) })
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	wg.Wait()
	again := openAt(t, l.path)
	for i, err := range acknowledged {
		r := request(day, i)
		if _, missing := again.File(t.Context(), day, r.File.Key); err == nil && missing != nil {
			t.Errorf("%s was acknowledged, but: %v", r.File.Key, missing)
		}
	}
	if _, err := l.Admit(t.Context(), request(day, 1)); !errors.Is(err, errClosed) {
		t.Errorf("after Close, Admit says %v", err)
	}
}

func TestAdmit_CallerThatStopsWaitingDoesNotStopTheOthers(t *testing.T) {
	l := openNew(t)
	release := make(chan struct{})
	holding := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() { // holds the writing connection
		if err := l.writer.write(t.Context(),
			func(*transaction) error { close(holding); <-release; return nil }); err != nil {
			t.Error(err)
		}
	})
	<-holding
	ctx, cancel := context.WithCancel(t.Context())
	for i := range 20 {
		wg.Go(func() {
			if i%2 == 0 {
				if _, err := l.Admit(ctx, request(day, i)); !errors.Is(err, context.Canceled) {
					t.Errorf("stopped call says %v", err)
				}
			} else if _, err := l.Admit(t.Context(), request(day, i)); err != nil {
				t.Error(err)
			}
		})
	}
	time.Sleep(20 * time.Millisecond)
	cancel()
	time.Sleep(20 * time.Millisecond)
	close(release)
	wg.Wait()
	for i := 1; i < 20; i += 2 {
		if _, err := l.File(t.Context(), day, request(day, i).File.Key); err != nil {
			t.Error(err)
		}
	}
}

func TestSummary_EqualsACountOfTheRows(t *testing.T) {
	l := openNew(t)
	for i := range 40 {
		mustAdmit(t, l, request(day, i))
	}
	for i := range 3 {
		b, files, err := l.Claim(t.Context(), claimRequest(day, 10, 10))
		if err != nil {
			t.Fatal(err)
		}
		s := pipeline.Settlement{ID: b.ID,
			Status: []pipeline.Status{pipeline.Completed, pipeline.Failed,
				pipeline.Completed}[i], Files: map[string]pipeline.FileResult{
				files[0].Key: {Status: pipeline.Completed,
					Counts: pipeline.Counts{Lines: 9, Rows: 5, Rejected: 3, Blank: 1, Rescued: 2}}}}
		if _, err := l.Settle(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
	const differing = `SELECT count(*) FROM (
		SELECT date_prefix, status, count(*), sum(size_bytes), sum(lines), sum(rows), sum(rejected),
			sum(blank), sum(rescued)
			FROM file_tracking GROUP BY 1, 2
		EXCEPT SELECT * FROM summary)`
	var n int
	if err := l.reader.QueryRow(differing).Scan(&n); err != nil || n != 0 {
		t.Errorf("%d rows differ: %v", n, err)
	}
}

func TestMetrics_AddUpAndExpire(t *testing.T) {
	l := openNew(t)
	now := time.Unix(1737124260, 0).UTC()
	add := func(at time.Time, value float64) {
		t.Helper()
		if err := l.AddMetrics(t.Context(), time.Hour, at, Metric{"files", at, value},
			Metric{"other", at, 1}); err != nil {
			t.Fatal(err)
		}
	}
	add(now, 2)
	add(now.Add(999*time.Millisecond), 3)
	add(now.Add(time.Minute), 7.5)
	got, err := l.Metrics(t.Context(), "files", now, now.Add(time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	want := []Metric{{"files", now, 5}, {"files", now.Add(time.Minute), 7.5}}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("metrics are %v, want %v", got, want)
	}
	add(now.Add(62*time.Minute), 1)
	if got, err = l.Metrics(t.Context(), "files", now, now.Add(2*time.Hour)); err != nil || len(got) != 1 {
		t.Errorf("after an hour there are %v (%v), want one", got, err)
	}
}

// BenchmarkAdmit measures arrivals per second, from as many goroutines as its name says.
func BenchmarkAdmit(b *testing.B) {
	for _, goroutines := range []int{1, 16, 64, 256} {
		b.Run(fmt.Sprint(goroutines), func(b *testing.B) {
			l := openNew(b)
			var wg sync.WaitGroup
			for g := range goroutines {
				wg.Go(func() {
					for i := g; i < b.N; i += goroutines {
						if _, err := l.Admit(b.Context(), request(day, i)); err != nil {
							b.Error(err)
						}
					}
				})
			}
			wg.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "files/s")
		})
	}
}
