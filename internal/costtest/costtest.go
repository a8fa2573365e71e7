// Package costtest puts a few small files through a pipeline: enough for exactly one batch, and two
// that must wait. It checks that this is what happens, estimates what it costs, and can remove what
// it leaves.
package costtest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"ndjson-parquet/internal/generate"
	"ndjson-parquet/internal/objectstore"
	"ndjson-parquet/internal/pipeline"
)

const (
	// Waiting is how many files stay pending.
	Waiting = 2
	// fileBytes is the size of a file where the pipeline expects none.
	fileBytes = 100_000
	// prefix begins the part of the files' names that follows the date.
	prefix = "cost-test-"
)

// A Pipeline is what a test needs of one. *home.Home has these methods.
type Pipeline interface {
	ForgetBatch(ctx context.Context, id pipeline.BatchID) error
	ForgetFile(ctx context.Context, date, key string) error
}

// A Test is the files of one date that tests have put.
type Test struct {
	Ledger pipeline.LedgerReader
	Input  objectstore.Store
	Config pipeline.Config
	Date   string
}

// ErrPending says that files of other origin wait for the batch that the test wants for itself.
var ErrPending = errors.New("files of this date are pending already")

// Put puts the files of a full batch and those that wait, and returns what was put.
func (t Test) Put(ctx context.Context, now time.Time) (generate.Summary, error) {
	for f, err := range t.Ledger.FilesAfter(ctx, t.Date, "", pipeline.Pending) {
		if err != nil {
			return generate.Summary{}, err
		}
		return generate.Summary{}, fmt.Errorf("%w: %s", ErrPending, f.Key)
	}
	size := int64(fileBytes)
	if expected := t.Config.ExpectedFileSizeMB; expected > 0 {
		size = int64(expected * (1 << 20))
	}
	return generate.Run(ctx, generate.Plan{
		Seed: uint64(
			now.UnixNano(),
		), From: t.Date, Days: 1, FilesPerDay: t.Config.MaxFilesPerManifest + Waiting, FileBytes: size,
		Name: prefix + now.UTC().Format("150405"), Shape: "orders", Rate: generate.AllAtOnce,
	}, t.Input, func(generate.Progress) {})
}

// A State is where the files of all tests of a date are.
type State struct {
	Files    []pipeline.File
	Batches  []pipeline.Batch
	ByStatus map[pipeline.Status]int
}

// Look returns the state of the date's test files.
func (t Test) Look(ctx context.Context) (State, error) {
	s := State{ByStatus: map[pipeline.Status]int{}}
	begin := t.Date + "-" + prefix
	seen := map[pipeline.BatchID]bool{}
	for f, err := range t.Ledger.FilesAfter(ctx, t.Date, begin, "") {
		if err != nil {
			return s, err
		}
		if !strings.HasPrefix(f.Key, begin) {
			break
		}
		s.Files = append(s.Files, f)
		s.ByStatus[f.Status]++
		if f.BatchID == "" || seen[f.BatchID] {
			continue
		}
		seen[f.BatchID] = true
		b, _, err := t.Ledger.Batch(ctx, f.BatchID)
		if err != nil {
			return s, err
		}
		s.Batches = append(s.Batches, b)
	}
	return s, nil
}

// of restricts a state to the files of a summary, and the batches that have one of them.
func (s State) of(made generate.Summary) State {
	keys := map[string]bool{}
	for _, f := range made.Files {
		keys[f.Key] = true
	}
	own := State{ByStatus: map[pipeline.Status]int{}}
	for _, f := range s.Files {
		if keys[f.Key] {
			own.Files = append(own.Files, f)
			own.ByStatus[f.Status]++
		}
	}
	for _, b := range s.Batches {
		if slices.ContainsFunc(own.Files, func(f pipeline.File) bool { return f.BatchID == b.ID }) {
			own.Batches = append(own.Batches, b)
		}
	}
	return own
}

// Ended reports whether the batch of the files has ended, and all other files are known.
func (s State) Ended(made generate.Summary) bool {
	own := s.of(made)
	return len(own.Files) == len(made.Files) && len(own.Batches) > 0 &&
		!slices.ContainsFunc(own.Batches, func(b pipeline.Batch) bool { return !b.Status.Final() })
}

// Check compares a state with what must be: one batch, run once, completed; two files pending;
// equal rows.
func (s State) Check(made generate.Summary) (pipeline.Batch, []string) {
	own := s.of(made)
	var wrong []string
	want := func(what string, got, want int64) {
		if got != want {
			wrong = append(wrong, fmt.Sprintf("%s: %d, expected %d", what, got, want))
		}
	}
	want("files in the ledger", int64(len(own.Files)), int64(len(made.Files)))
	want("files pending", int64(own.ByStatus[pipeline.Pending]), Waiting)
	want("files published", int64(own.ByStatus[pipeline.Completed]), int64(len(made.Files)-Waiting))
	want("batches", int64(len(own.Batches)), 1)
	if len(own.Batches) == 0 {
		return pipeline.Batch{}, wrong
	}
	b := own.Batches[0]
	if b.Status != pipeline.Completed {
		wrong = append(wrong, fmt.Sprintf("batch %s is %s: %s", b.ID, b.Status, b.Error))
	}
	want("runs of the batch", int64(b.Attempts), 1)
	want("files of the batch", int64(b.FileCount), int64(len(made.Files)-Waiting))
	var rows, published int64
	for _, m := range made.Files {
		i := slices.IndexFunc(
			own.Files,
			func(f pipeline.File) bool { return f.Key == m.Key && f.Status == pipeline.Completed },
		)
		if i >= 0 {
			rows += m.Versions[0].Rows
		}
	}
	for _, o := range b.Outputs {
		published += o.Rows
	}
	want("rows of the batch", b.Rows, rows)
	want("rows of its Parquet", published, rows)
	want("rejected lines", b.Rejected, 0)
	return b, wrong
}

// Stores are where a test leaves objects.
type Stores struct{ Input, Output, Manifests, Quarantine objectstore.Store }

// Left returns the addresses of the objects that a state stands for, and how many rows.
func (s State) Left(at Stores) (objects []string, rows int) {
	for store, keys := range s.keys(at) {
		for _, k := range keys {
			objects = append(objects, store.URI(k))
		}
	}
	slices.Sort(objects)
	return objects, len(s.Files) + len(s.Batches)
}

func (s State) keys(at Stores) map[objectstore.Store][]string {
	keys := map[objectstore.Store][]string{}
	for _, f := range s.Files {
		keys[at.Input] = append(keys[at.Input], f.Key)
	}
	for _, b := range s.Batches {
		for _, o := range b.Outputs {
			keys[at.Output] = append(keys[at.Output], o.Key)
		}
		keys[at.Output] = append(keys[at.Output], pipeline.CommitKey(b.ID))
		keys[at.Manifests] = append(keys[at.Manifests], pipeline.ManifestKey(b.ID))
		if b.Rejected > 0 {
			keys[at.Quarantine] = append(keys[at.Quarantine], pipeline.RejectedKey(b.ID))
		}
	}
	return keys
}

// ErrMixed says that a batch also has files of other origin.
var ErrMixed = errors.New("the batch has files that are not the test's")

// Clean removes everything that a state stands for: first the input, so that nothing is admitted
// again, then the rows, then the objects that nothing refers to any more. It may be repeated.
// Versions that the batch added to the schema log stay.
func (s State) Clean(ctx context.Context, p Pipeline, at Stores) error {
	for _, b := range s.Batches {
		own := 0
		for _, f := range s.Files {
			if f.BatchID == b.ID {
				own++
			}
		}
		if own != b.FileCount {
			return fmt.Errorf("%s: %w", b.ID, ErrMixed)
		}
		if !b.Status.Final() {
			return fmt.Errorf("batch %s is %s: clean when it has ended", b.ID, b.Status)
		}
	}
	keys := s.keys(at)
	for _, k := range keys[at.Input] {
		if err := at.Input.Delete(ctx, k); err != nil {
			return err
		}
	}
	for _, f := range s.Files {
		if f.BatchID == "" {
			if err := p.ForgetFile(ctx, f.DatePrefix, f.Key); err != nil {
				return err
			}
		}
	}
	for _, store := range []objectstore.Store{at.Output, at.Manifests, at.Quarantine} {
		for _, k := range keys[store] {
			if err := store.Delete(ctx, k); err != nil {
				return err
			}
		}
	}
	for _, b := range s.Batches {
		if err := p.ForgetBatch(ctx, b.ID); err != nil {
			return err
		}
	}
	return nil
}
