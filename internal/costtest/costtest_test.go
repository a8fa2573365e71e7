package costtest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"ndjson-parquet/internal/generate"
	"ndjson-parquet/internal/ledger/memoryledger"
	"ndjson-parquet/internal/objectstore/memorystore"
	"ndjson-parquet/internal/pipeline"
)

// outcome is a summary of twelve files and the state that a correct pipeline brings them to.
func outcome() (generate.Summary, State) {
	var made generate.Summary
	s := State{ByStatus: map[pipeline.Status]int{pipeline.Completed: 10, pipeline.Pending: 2}}
	id := pipeline.NewBatchID("2025-01-17", 1, time.Date(2025, 1, 17, 9, 0, 0, 0, time.UTC))
	for i := range 12 {
		key := fmt.Sprintf("2025-01-17-cost-test-%02d.ndjson", i)
		made.Files = append(made.Files, generate.File{Key: key, Versions: []generate.Version{{Rows: 5}}})
		f := pipeline.File{DatePrefix: "2025-01-17", Key: key, Status: pipeline.Completed, BatchID: id}
		if i >= 10 {
			f.Status, f.BatchID = pipeline.Pending, ""
		}
		s.Files = append(s.Files, f)
	}
	s.Batches = []pipeline.Batch{{
		ID: id, Status: pipeline.Completed, FileCount: 10, Attempts: 1, Counts: pipeline.Counts{Rows: 50},
		Outputs: []pipeline.Output{{Key: "part", Rows: 50}},
	}}
	return made, s
}

func TestCheck(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*State)
		want   string // in what is wrong; empty: nothing
	}{
		"as it must be":   {func(*State) {}, ""},
		"another's batch": {func(s *State) { s.Batches = append(s.Batches, pipeline.Batch{ID: "another"}) }, ""},
		"a row lost":      {func(s *State) { s.Batches[0].Rows-- }, "rows of the batch: 49, expected 50"},
		"Parquet differs": {func(s *State) { s.Batches[0].Outputs[0].Rows++ }, "rows of its Parquet: 51"},
		"two runs":        {func(s *State) { s.Batches[0].Attempts = 2 }, "runs of the batch: 2"},
		"a rejected line": {func(s *State) { s.Batches[0].Rejected = 1 }, "rejected lines: 1"},
		"a failed batch": {func(s *State) { s.Batches[0].Status, s.Batches[0].Error = pipeline.Failed, "no disk" },
			"no disk"},
		"a file is lost": {func(s *State) { s.Files = s.Files[:11] }, "files in the ledger: 11"},
		"all were flushed": {func(s *State) {
			s.Files[11].Status, s.Files[11].BatchID = pipeline.Completed,
				s.Batches[0].ID
		}, "files pending: 1"},
		"a second batch": {func(s *State) {
			second := s.Batches[0]
			second.ID = pipeline.NewBatchID("2025-01-17", 2, time.Time{})
			s.Batches = append(s.Batches, second)
			s.Files[0].BatchID = second.ID
		}, "batches: 2"},
		"nothing happened": {func(s *State) { s.Files, s.Batches = nil, nil }, "batches: 0"},
	} {
		made, state := outcome()
		c.change(&state)
		_, wrong := state.Check(made)
		text := strings.Join(wrong, "; ")
		if c.want == "" && text != "" || !strings.Contains(text, c.want) {
			t.Errorf("%s: wrong is %q, want %q", name, text, c.want)
		}
	}
}

func TestPutRefusesADateWithPendingFiles(t *testing.T) {
	ledger := memoryledger.New()
	store := memorystore.New("input", time.Now)
	test := Test{Ledger: ledger, Input: store, Config: pipeline.DefaultConfig(), Date: "2025-01-17"}
	made, err := test.Put(t.Context(), time.Now())
	if err != nil || len(made.Files) != 12 || made.Files[0].Versions[0].Bytes < 90_000 ||
		made.Files[0].Versions[0].Bytes > 110_000 {
		t.Fatalf("%d files, %v", len(made.Files), err)
	}
	_, err = ledger.Admit(t.Context(), pipeline.AdmitRequest{
		File: pipeline.File{
			DatePrefix: "2025-01-17",
			Key:        "2025-01-17-x.ndjson",
			Status:     pipeline.Pending,
		}, Now: time.Now(),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := test.Put(t.Context(), time.Now()); !errors.Is(err, ErrPending) {
		t.Errorf("%v, want ErrPending", err)
	}
}

func TestFilesHaveTheSizeThatThePipelineExpects(t *testing.T) {
	config := pipeline.DefaultConfig()
	config.ExpectedFileSizeMB, config.MaxFilesPerManifest = 0.5, 3
	test := Test{
		Ledger: memoryledger.New(),
		Input:  memorystore.New("input", time.Now),
		Config: config,
		Date:   "2025-01-17",
	}
	made, err := test.Put(t.Context(), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if got := made.Files[0].Versions[0].Bytes; len(made.Files) != 5 || got < 520_000 || got > 530_000 {
		t.Errorf("%d files of %d bytes, want 5 of about 524,288", len(made.Files), got)
	}
}

func TestCleanRefusesABatchWithOtherFiles(t *testing.T) {
	_, state := outcome()
	state.Batches[0].FileCount = 11
	if err := state.Clean(t.Context(), nil, Stores{}); !errors.Is(err, ErrMixed) {
		t.Errorf("%v, want ErrMixed", err)
	}
}
