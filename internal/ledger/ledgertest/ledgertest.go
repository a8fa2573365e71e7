// Package ledgertest is the contract of pipeline.Ledger as tests. Every ledger runs it against the
// real database or service that keeps its rows. The name of a test says which sentence of the
// port's documentation it checks, and which field case of docs/FIELD-CASES.md (C1, C2, …).
package ledgertest

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ndjson-parquet/internal/pipeline"
)

// A Backend is a kind of ledger to test.
type Backend struct {
	// Open returns a new, empty ledger, which is closed when t ends.
	Open func(t testing.TB) pipeline.Ledger
	// HoldLease makes another worker hold the lease on a date until a given time. It is nil if
	// claims need no lease.
	HoldLease func(t testing.TB, l pipeline.Ledger, date string, until time.Time)
	// TiesInAnyOrder says that files that arrived in the same microsecond are claimed in any order
	// instead of by key.
	TiesInAnyOrder bool
	// Large is the number of pending files in the test of field case C43; 0 means 5,000.
	Large int
	// Racers is the number of goroutines that claim one date at the same time; 0 means 100.
	Racers int
}

// A tester is the part of *testing.T and *rapid.T that the helpers use.
type tester interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Context() context.Context
}

// A contract is the test of a sentence of the port's documentation.
type contract struct {
	name string
	hold func(t *testing.T, b Backend, l pipeline.Ledger)
}

// Run tests a backend.
func Run(t *testing.T, b Backend) {
	groups := [][]contract{admission, claiming, running, queries, racing}
	if b.HoldLease != nil {
		groups = append(groups, leases)
	}
	for _, group := range groups {
		for _, c := range group {
			t.Run(c.name, func(t *testing.T) { c.hold(t, b, b.Open(t)) })
		}
	}
	t.Run("RandomHistoriesEqualTheModel", func(t *testing.T) { equalsModel(t, b) })
}

const (
	day   = "2025-01-17"
	later = "2025-01-18"
)

// at returns the time n seconds into the test's day.
func at(n int) time.Time { return time.Date(2025, 1, 17, 14, 31, n, 123456000, time.UTC) }

// arrival returns a file that the ledger does not have yet.
func arrival(date, name string, version int) pipeline.File {
	key := date + "-" + name + ".ndjson"
	return pipeline.File{
		DatePrefix: date, Key: key, Path: "s3://input/in/" + key, Size: int64(1000 + version), Status: pipeline.Pending,
		Version: pipeline.Version{ETag: fmt.Sprintf("etag-%d", version), Sequencer: fmt.Sprintf("%04X", version)},
	}
}

func invalid(f pipeline.File, reason string) pipeline.File {
	f.Status, f.Reason, f.Detail = pipeline.Quarantined, reason, "a sentence"
	return f
}

func admit(t tester, l pipeline.Ledger, f pipeline.File, p pipeline.OverwritePolicy, now time.Time) pipeline.Admission {
	t.Helper()
	a, err := l.Admit(t.Context(), pipeline.AdmitRequest{File: f, Policy: p, Now: now})
	if err != nil {
		t.Fatalf("admit %s: %v", f.Key, err)
	}
	return a
}

// admitted admits new files named 00, 01, … one a second, and returns their rows.
func admitted(t tester, l pipeline.Ledger, date string, n int) []pipeline.File {
	t.Helper()
	var rows []pipeline.File
	for i := range n {
		rows = append(rows, admit(t, l, arrival(date, fmt.Sprintf("%02d", i), 1), pipeline.OverwriteQuarantine,
			at(i)).File)
	}
	return rows
}

func claimOf(date string, least, most int, now time.Time) pipeline.ClaimRequest {
	return pipeline.ClaimRequest{
		Date: date, Min: least, Max: most, Owner: "tester", LeaseTTL: time.Minute, Now: now,
		ManifestPath: func(id pipeline.BatchID) string {
			return "s3://manifests/" + id.Date() + "/batch-" + id.Name() + ".json"
		},
	}
}

func claim(t tester, l pipeline.Ledger, date string, least, most int, now time.Time) (pipeline.Batch, []pipeline.File) {
	t.Helper()
	b, files, err := l.Claim(t.Context(), claimOf(date, least, most, now))
	if err != nil {
		t.Fatalf("claim %s: %v", date, err)
	}
	return b, files
}

// claimed admits n files of a date and claims them.
func claimed(t tester, l pipeline.Ledger, date string, n int) (pipeline.Batch, []pipeline.File) {
	t.Helper()
	admitted(t, l, date, n)
	b, files := claim(t, l, date, n, n, at(n))
	if len(files) != n {
		t.Fatalf("claimed %d files, want %d", len(files), n)
	}
	return b, files
}

// started claims n files and records an attempt of their batch.
func started(t tester, l pipeline.Ledger, date string, n int) (pipeline.Batch, []pipeline.File) {
	t.Helper()
	b, _ := claimed(t, l, date, n)
	if _, err := l.RecordAttempt(t.Context(), b.ID, at(n+1)); err != nil {
		t.Fatalf("record an attempt: %v", err)
	}
	return batch(t, l, b.ID)
}

// settle settles a batch and reports whether that changed it.
func settle(t tester, l pipeline.Ledger, s pipeline.Settlement) bool {
	t.Helper()
	changed, err := l.Settle(t.Context(), s)
	if err != nil {
		t.Fatalf("settle %s: %v", s.ID, err)
	}
	return changed
}

func row(t tester, l pipeline.Ledger, date, key string) pipeline.File {
	t.Helper()
	f, err := l.File(t.Context(), date, key)
	if err != nil {
		t.Fatalf("file %s: %v", key, err)
	}
	return f
}

func batch(t tester, l pipeline.Ledger, id pipeline.BatchID) (pipeline.Batch, []pipeline.File) {
	t.Helper()
	b, files, err := l.Batch(t.Context(), id)
	if err != nil {
		t.Fatalf("batch %s: %v", id, err)
	}
	return b, files
}

func all[T any](t tester, rows iter.Seq2[T, error]) []T {
	t.Helper()
	var found []T
	for r, err := range rows {
		if err != nil {
			t.Fatal(err)
		}
		found = append(found, r)
	}
	return found
}

func keys(files []pipeline.File) []string {
	var names []string
	for _, f := range files {
		names = append(names, f.Key)
	}
	return names
}

func statuses(files []pipeline.File) []pipeline.Status {
	var found []pipeline.Status
	for _, f := range files {
		found = append(found, f.Status)
	}
	return found
}

func ids(batches []pipeline.Batch) []pipeline.BatchID {
	var names []pipeline.BatchID
	for _, b := range batches {
		names = append(names, b.ID)
	}
	return names
}

// same reports the difference between what was got and wanted. Empty and nil lists are equal.
func same(t tester, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got, cmpopts.EquateEmpty(), cmpopts.EquateErrors()); d != "" {
		t.Fatalf("%s (-want +got):\n%s", what, d)
	}
}

// repeat returns a list of n times the same status.
func repeat(s pipeline.Status, n int) []pipeline.Status {
	return slices.Repeat([]pipeline.Status{s}, n)
}
