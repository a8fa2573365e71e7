package localhome

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/pipeline"
)

// A clock is set by the test.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) set(s string) {
	t, err := time.Parse("2006-01-02 15:04:05", s)
	if err != nil {
		panic(err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = t
}

// A bench is a home with a clock of its own.
type bench struct {
	*Home
	t     *testing.T
	clock *clock
	log   *logBuffer
}

type logBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *logBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *logBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

func openBench(t *testing.T, at string, change func(*Options)) *bench {
	t.Helper()
	places, err := Resolve(home.Places{Root: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	b := &bench{t: t, clock: &clock{}, log: &logBuffer{}}
	b.clock.set(at)
	o := Options{
		Places: places, Config: pipeline.DefaultConfig(), Now: b.clock.Now, ListEvery: 20 * time.Millisecond,
		Log: slog.New(slog.NewTextHandler(io.MultiWriter(b.log), &slog.HandlerOptions{Level: slog.LevelInfo})),
	}
	if change != nil {
		change(&o)
	}
	if b.Home, err = Open(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return b
}

// put writes a file of n records that was last modified long ago.
func (b *bench) put(name string, n int) {
	b.t.Helper()
	path := filepath.Join(b.Places.Input, name)
	var content strings.Builder
	for i := range n {
		fmt.Fprintf(&content, `{"id":"%s-%d"}`+"\n", name, i)
	}
	err := os.WriteFile(path+".tmp", []byte(content.String()), 0o644)
	if err == nil {
		old := b.clock.Now().Add(-time.Hour)
		err = os.Chtimes(path+".tmp", old, old)
	}
	if err == nil {
		err = os.Rename(path+".tmp", path)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// serve serves until the test ends.
func (b *bench) serve() {
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Serve(ctx) }()
	b.t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			b.t.Error(err)
		}
	})
}

// batches are the batches of a date, as "files status".
func (b *bench) batches(date string) []string {
	b.t.Helper()
	var all []string
	for batch, err := range b.Ledger.Batches(b.t.Context(), date) {
		if err != nil {
			b.t.Fatal(err)
		}
		all = append(all, fmt.Sprintf("%d %s", batch.FileCount, batch.Status))
	}
	return all
}

// eventually waits until the batches of a date are as wanted.
func (b *bench) eventually(date string, want ...string) {
	b.t.Helper()
	var got []string
	for range 400 {
		if got = b.batches(date); fmt.Sprint(got) == fmt.Sprint(want) {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	b.t.Fatalf("the batches of %s are %q, want %q\n%s", date, got, want, b.log.String())
}

// stay checks that the batches of a date are as wanted, and still are after some listings.
func (b *bench) stay(date string, want ...string) {
	b.t.Helper()
	time.Sleep(300 * time.Millisecond)
	b.eventually(date, want...)
}

func (b *bench) pending(date string) int {
	b.t.Helper()
	n := 0
	for _, err := range b.Ledger.Files(b.t.Context(), date, pipeline.Pending) {
		if err != nil {
			b.t.Fatal(err)
		}
		n++
	}
	return n
}

func TestC23_ThreeFilesThenSilence(t *testing.T) {
	b := openBench(t, "2026-01-12 23:50:00", nil)
	b.serve()
	for i := range 3 {
		b.put(fmt.Sprintf("2026-01-12-%d.ndjson", i), 2)
	}
	b.stay("2026-01-12")
	if n := b.pending("2026-01-12"); n != 3 {
		t.Fatalf("%d files are pending, want 3", n)
	}
	b.clock.set("2026-01-13 00:05:01")
	b.eventually("2026-01-12", "3 completed")
	for _, message := range []string{
		"Date 2026-01-12 is from a previous day (today: 2026-01-13)",
		"Triggering end-of-day flush for orphaned files",
		"Processing 3 orphaned files from 2026-01-12",
		"Including partial batch with 3 files (orphan flush)",
		"Manifest created: file://",
	} {
		if !strings.Contains(b.log.String(), message) {
			t.Errorf("the log does not say %q:\n%s", message, b.log.String())
		}
	}
}

func TestC24_YesterdayByAnotherClockWaitsForTheGrace(t *testing.T) {
	b := openBench(t, "2026-01-13 00:01:00", nil)
	b.serve()
	b.put("2026-01-12-a.ndjson", 2)
	b.stay("2026-01-12")
	b.put("2026-01-12-b.ndjson", 2)
	b.stay("2026-01-12")
	b.clock.set("2026-01-13 00:05:00")
	b.eventually("2026-01-12", "2 completed")
}

func TestC25_ALateFileOfAClosedDate(t *testing.T) {
	b := openBench(t, "2026-01-14 12:00:00", nil)
	b.serve()
	b.put("2026-01-12-a.ndjson", 2)
	b.eventually("2026-01-12", "1 completed")
	b.put("2026-01-12-late.ndjson", 2)
	b.eventually("2026-01-12", "1 completed", "1 completed")
	for pattern, want := range map[string]int{"*.parquet": 2, "_commits/*.json": 2} {
		if found, _ := filepath.Glob(filepath.Join(b.Places.Output, "merged-parquet-2026-01-12",
			pattern)); len(found) != want {
			t.Errorf("%q: %d files, want %d", pattern, len(found), want)
		}
	}
}

func TestC26_AFileOfTheFuture(t *testing.T) {
	b := openBench(t, "2026-01-12 12:00:00", nil)
	b.put("2026-01-13-tomorrow.ndjson", 1) // east of Greenwich it is the 13th already
	b.put("2026-01-14-future.ndjson", 1)
	b.put("2026-02-30-never.ndjson", 1)
	if _, err := b.Run(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if n := b.pending("2026-01-13"); n != 1 {
		t.Errorf("tomorrow's file is not pending")
	}
	for key, want := range map[[2]string]string{
		{"2026-01-14", "2026-01-14-future.ndjson"}:    pipeline.ReasonFutureDate,
		{pipeline.Undated, "2026-02-30-never.ndjson"}: pipeline.ReasonBadDate,
	} {
		f, err := b.Ledger.File(t.Context(), key[0], key[1])
		if err != nil || f.Status != pipeline.Quarantined || f.Reason != want {
			t.Errorf("%s: %v, %q (%v), want quarantined for %s", key[1], f.Status, f.Reason, err, want)
		}
	}
	if _, err := b.Release(t.Context(), "2026-01-14", "2026-01-14-future.ndjson"); err == nil {
		t.Error("a file of the future was released before its date")
	}
	b.clock.set("2026-01-13 12:00:00")
	if _, err := b.Release(t.Context(), "2026-01-14", "2026-01-14-future.ndjson"); err != nil {
		t.Error(err)
	}
	if n := b.pending("2026-01-14"); n != 1 {
		t.Error("the released file is not pending")
	}
}

func TestC13_AStartThatFailsIsMadeUpForOnce(t *testing.T) {
	b := openBench(t, "2026-01-14 12:00:00", nil)
	b.put("2026-01-12-a.ndjson", 3)
	ctx := t.Context()
	b.runner.Close(ctx) // from now on every start fails
	if _, err := b.pipeline.Sweep(ctx, pipeline.SweepOptions{List: true}); err == nil {
		t.Fatal("a start that failed is not reported")
	}
	b.eventually("2026-01-12", "1 manifested")
	b.runner = NewRunner(2, b.pipeline.Execute, b.Home.log)
	b.pipeline.Starter = b.runner
	for range 3 {
		if _, err := b.pipeline.Sweep(ctx, pipeline.SweepOptions{List: true, Alone: true}); err != nil {
			t.Fatal(err)
		}
	}
	b.eventually("2026-01-12", "1 completed")
	if err := b.runner.Wait(ctx); err != nil {
		t.Fatal(err)
	}
	if found, _ := filepath.Glob(filepath.Join(b.Places.Output, "merged-parquet-2026-01-12",
		"*.parquet")); len(found) != 1 {
		t.Errorf("%d outputs, want 1", len(found))
	}
}

func TestMetricsReachTheTable(t *testing.T) {
	b := openBench(t, "2026-01-14 12:00:00", nil)
	b.put("2026-01-12-a.ndjson", 3)
	if _, err := b.Run(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	b.metrics.write()
	from := b.clock.Now().Add(-time.Minute)
	for metric, want := range map[string]float64{pipeline.MetricRows: 3, pipeline.MetricFilesAdmitted: 1,
		pipeline.MetricBatchesCompleted: 1} {
		rows, err := b.ledger.Metrics(t.Context(), metric, from, from.Add(time.Hour))
		if err != nil {
			t.Fatal(err)
		}
		sum := 0.0
		for _, r := range rows {
			sum += r.Value
		}
		if sum != want {
			t.Errorf("%s is %v, want %v", metric, sum, want)
		}
	}
}

func TestInputsOfEarlierRunsStayReadable(t *testing.T) {
	other := t.TempDir()
	path := filepath.Join(other, "2026-01-12-a.ndjson")
	if err := os.WriteFile(path, []byte(`{"id":1}`+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	e := elsewhere{}
	store, key, err := e.find(t.Context(), "file://"+filepath.ToSlash(path))
	if err != nil || key != "2026-01-12-a.ndjson" {
		t.Fatalf("%q, %v", key, err)
	}
	if _, err := store.Head(t.Context(), key); err != nil {
		t.Error(err)
	}
	if _, _, err := e.find(t.Context(), "file:///no/such/folder/x.ndjson"); err == nil {
		t.Error("a folder that does not exist was found")
	}
}
