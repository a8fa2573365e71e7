package ledgertest

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ndjson-parquet/internal/ledger/memoryledger"
	"ndjson-parquet/internal/pipeline"
)

// equalsModel applies random histories to a ledger and to the one in memory and compares every
// result and, after every step, every row.
func equalsModel(t *testing.T, b Backend) {
	rapid.Check(t, func(rt *rapid.T) {
		history := drawHistory(rt, b)
		tested, model := b.Open(t), memoryledger.New()
		for i, m := range history {
			same(rt, fmt.Sprintf("answer to move %d, %s", i, m), m.play(rt, tested), m.play(rt, model))
			same(rt, fmt.Sprintf("rows after move %d, %s", i, m), rowsOf(rt, tested), rowsOf(rt, model))
		}
	})
}

// A move is one call of a ledger. Its arguments are drawn before the rows are known: it is about
// the pick-th of the existing batches.
type move struct {
	Method string
	File   pipeline.File
	Policy pipeline.OverwritePolicy
	Min    int
	Max    int
	Pick   int
	Status pipeline.Status
	Each   []pipeline.Status // outcome of the batch's first files
	Now    time.Time
}

func (m move) String() string {
	return fmt.Sprintf("%s file=%s/%s@%s %s policy=%s min=%d max=%d pick=%d outcome=%s%v now=%s", m.Method,
		m.File.DatePrefix, m.File.Key,
		m.File.ETag, m.File.Status, m.Policy, m.Min, m.Max, m.Pick, m.Status, m.Each, m.Now.Format("05.000000"))
}

func drawHistory(t *rapid.T, b Backend) []move {
	now, step := at(0), 0
	if b.TiesInAnyOrder {
		step = 1
	}
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) move {
		now = now.Add(time.Duration(rapid.IntRange(step, 2).Draw(t, "seconds")) * time.Second)
		f := arrival(rapid.SampledFrom([]string{day, later}).Draw(t, "date"),
			rapid.SampledFrom([]string{"a", "b", "c", "d"}).Draw(t, "name"), rapid.IntRange(1, 3).Draw(t, "version"))
		if rapid.IntRange(0, 4).Draw(t, "listed") == 0 {
			f.Sequencer = ""
		}
		if rapid.IntRange(0, 5).Draw(t, "invalid") == 0 {
			f = invalid(f, pipeline.ReasonTooLarge)
		}
		m := move{
			Method: rapid.SampledFrom([]string{"Admit", "Admit", "Admit", "Admit", "Claim", "Claim", "RecordAttempt",
				"RecordAttempt", "Settle", "Settle", "Retry", "RetryFile", "Release", "Unseen"}).Draw(t, "method"),
			File: f, Now: now,
			Policy: rapid.SampledFrom(policies).Draw(t, "policy"),
			Min:    rapid.IntRange(0, 2).Draw(t, "min"),
			Pick:   rapid.IntRange(0, 3).Draw(t, "pick"),
			Status: rapid.SampledFrom([]pipeline.Status{pipeline.Completed, pipeline.Failed}).Draw(t, "outcome"),
			Each: rapid.SliceOfN(rapid.SampledFrom([]pipeline.Status{pipeline.Completed, pipeline.Failed,
				pipeline.Quarantined, pipeline.Pending}), 0, 3).Draw(t, "each"),
		}
		m.Max = max(m.Min, 1) + rapid.IntRange(0, 2).Draw(t, "more")
		return m
	}), 10, 40).Draw(t, "history")
}

// An answer is the result of a move.
type answer struct {
	Admission pipeline.Admission
	File      pipeline.File
	Batch     pipeline.Batch
	Files     []pipeline.File
	Changed   bool
	Err       error // ErrState or ErrNotFound
}

func (m move) play(t tester, l pipeline.Ledger) answer {
	var a answer
	var err error
	ctx := t.Context()
	id := pipeline.BatchID(m.File.DatePrefix + "-0001-20200101-000000")
	if there := ids(all(t, l.Batches(ctx, m.File.DatePrefix))); m.Pick < len(there) {
		id = there[len(there)-1-m.Pick]
	}
	switch m.Method {
	case "Admit":
		a.Admission, err = l.Admit(ctx, pipeline.AdmitRequest{File: m.File, Policy: m.Policy, Now: m.Now})
	case "Unseen":
		a.Files, err = l.Unseen(ctx, []pipeline.File{m.File, arrival(day, "a", 1), arrival(later, "c", 2)})
	case "Claim":
		a.Batch, a.Files, err = l.Claim(ctx, claimOf(m.File.DatePrefix, m.Min, m.Max, m.Now))
	case "RecordAttempt":
		a.Batch, err = l.RecordAttempt(ctx, id, m.Now)
	case "Settle":
		s := pipeline.Settlement{
			ID: id, Status: m.Status, Engine: "native", Error: "boom",
			Outputs: []pipeline.Output{{Key: "out", Rows: 3}},
			Files:   map[string]pipeline.FileResult{}, Now: m.Now,
		}
		if _, files, err := l.Batch(ctx, id); err == nil {
			for i, status := range m.Each[:min(len(m.Each), len(files))] {
				s.Files[files[i].Key] = pipeline.FileResult{Status: status, Reason: map[pipeline.Status]string{
					pipeline.Failed:  []string{pipeline.ReasonConflict, pipeline.ReasonMissing}[i%2],
					pipeline.Pending: pipeline.ReasonIsolated, pipeline.Quarantined: pipeline.ReasonTooManyRejects,
				}[status], Counts: pipeline.Counts{Lines: 3, Rows: 2, Rejected: 1, Rescued: int64(i)}}
			}
		}
		a.Changed, err = l.Settle(ctx, s)
	case "Retry":
		a.Batch, err = l.Retry(ctx, id, m.Now)
	case "RetryFile":
		a.File, err = l.RetryFile(ctx, m.File.DatePrefix, m.File.Key, m.Now)
	case "Release":
		a.File, err = l.Release(ctx, m.File.DatePrefix, m.File.Key, "copy", "copy-etag", m.Now)
	}
	kinds := []error{pipeline.ErrState, pipeline.ErrNotFound}
	if i := slices.IndexFunc(kinds, func(kind error) bool { return errors.Is(err, kind) }); i >= 0 {
		// The results beside an error are undefined.
		return answer{Err: kinds[i]}
	}
	if err != nil {
		t.Fatalf("%s: %v", m, err)
	}
	return a
}

// rows is everything that a ledger returns.
type rows struct {
	Files   []pipeline.File
	Batches []pipeline.Batch
	Of      map[pipeline.BatchID][]pipeline.File
	Pending []pipeline.PendingDate
	Stale   []pipeline.BatchID
	Summary []pipeline.DateSummary
}

func rowsOf(t tester, l pipeline.Ledger) rows {
	t.Helper()
	r := rows{
		Files: all(t, l.Files(t.Context(), "", "")), Batches: all(t, l.Batches(t.Context(), "")),
		Of: map[pipeline.BatchID][]pipeline.File{}, Stale: ids(all(t, l.Stale(t.Context(), at(600), at(600)))),
	}
	slices.Sort(r.Stale) // batches of the same time come in any order
	for _, b := range r.Batches {
		_, r.Of[b.ID] = batch(t, l, b.ID)
	}
	var err error
	if r.Pending, err = l.PendingDates(t.Context()); err != nil {
		t.Fatal(err)
	}
	if r.Summary, err = l.Summary(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	return r
}
