package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/home/localhome"
	"ndjson-parquet/internal/pipeline"
	"ndjson-parquet/internal/report"
)

const examples = "../../examples/input"

func TestRunOnTheExamples(t *testing.T) {
	s := newSite(t)
	s.input = examples
	before := snapshot(t, examples)
	got := s.run(cli.ExitIncomplete)
	if got.Files[pipeline.Completed] != 12 || got.Files[pipeline.Quarantined] != 1 || got.Batches != 2 ||
		len(got.Outputs) != 2 {
		t.Errorf("unexpected summary: %+v", got)
	}
	if got.Lines != got.Rows+got.Rejected+got.Blank || got.Rejected != 8 || got.BytesIn == 0 || got.BytesOut == 0 ||
		got.Rescued == 0 {
		t.Errorf("the counts do not add up: %+v", got)
	}
	rows := 0
	for _, o := range got.Outputs {
		n := len(column(t, o.Path, "_source_file"))
		if int64(n) != o.Rows {
			t.Errorf("%s has %d rows, the summary says %d", o.Path, n, o.Rows)
		}
		rows += n
	}
	if int64(rows) != got.Rows {
		t.Errorf("%d rows in the outputs, the summary says %d", rows, got.Rows)
	}
	if !maps.Equal(before, snapshot(t, examples)) {
		t.Error("an input outside the root was changed")
	}
	if _, err := os.Stat(filepath.Join(s.root, "quarantine/files/2025-01-18/2025-01-18-stock.csv")); err != nil {
		t.Errorf("the invalid file was not copied to quarantine: %v", err)
	}
	s.want(0, "verify")
}

func TestRunSaysWhereTheParquetIs(t *testing.T) {
	s := newSite(t)
	s.put("2025-01-17-a.ndjson", records("a", 3))
	out := s.want(0, "run", s.input, "--settle", "0s").stdout
	for _, want := range []string{filepath.Join(s.root, "output"), "duckdb", "read_parquet('", "3 rows"} {
		if !strings.Contains(out, want) {
			t.Errorf("run does not say %q:\n%s", want, out)
		}
	}
}

func TestC7_C41_RunningAgainChangesNothing(t *testing.T) {
	s := newSite(t)
	s.input = examples
	s.run(cli.ExitIncomplete)
	before := snapshot(t, s.root)
	again := s.run(cli.ExitDone)
	if again.Batches != 0 || again.Rows != 0 || len(again.Outputs) != 0 {
		t.Errorf("a second run did something: %+v", again)
	}
	if after := snapshot(t, s.root); !maps.Equal(before, after) {
		t.Errorf("a second run changed files: %d before, %d after", len(before), len(after))
	}
}

func TestC41_NothingToDo(t *testing.T) {
	s := newSite(t)
	got := s.run(cli.ExitDone)
	if got.Batches != 0 || len(got.Outputs) != 0 {
		t.Errorf("something came of nothing: %+v", got)
	}
	files := snapshot(t, s.root)
	delete(files, localhome.RecordName) // made with the ledger
	if len(files) != 0 {
		t.Errorf("files were written: %v", files)
	}
	if out := s.want(0, "run", s.input).stdout; !strings.Contains(out, "Nothing to do") {
		t.Errorf("unexpected answer: %s", out)
	}
}

func TestC5_ManyFilesOfOneSecond(t *testing.T) {
	s := newSite(t)
	second := time.Now().Add(-time.Hour).Truncate(time.Second)
	want := map[string]int{}
	put := func(from, to int) {
		for i := from; i < to; i++ {
			name := fmt.Sprintf("f%03d", (i*37)%500) // the second listing finds names between those of the first
			path := s.put("2025-01-17-"+name+".ndjson", records(name, 1))
			if err := os.Chtimes(path, second, second); err != nil {
				t.Fatal(err)
			}
			want[name] = 1
		}
	}
	put(0, 250)
	s.run(0, "--max-files-per-manifest", "100")
	put(250, 500)
	s.run(0, "--max-files-per-manifest", "100")
	s.wantIDs(want)
}

func TestC6_ALateFileThatSortsFirst(t *testing.T) {
	s := newSite(t)
	s.put("2025-01-17-m.ndjson", records("m", 2))
	s.run(0)
	s.put("2025-01-17-a.ndjson", records("a", 2))
	s.put("2025-01-16-z.ndjson", records("z", 2))
	s.run(0)
	s.wantIDs(map[string]int{"m": 2, "a": 2, "z": 2})
}

func TestC8_OddNames(t *testing.T) {
	s := newSite(t)
	want := map[string]int{}
	for i, name := range []string{"with space", "plus+percent%20", "quote'\"", "ünïcode-日本", "..dots..", "sub/folder/x",
		"#hash?"} {
		id := fmt.Sprintf("o%d", i)
		folder, base := filepath.Split(name)
		s.put(folder+"2025-01-17-"+base+".ndjson", records(id, 2))
		want[id] = 2
	}
	s.run(0)
	s.wantIDs(want)
	s.want(0, "verify")
	s.want(0, "why", "2025-01-17-ünïcode-日本.ndjson")
}

func TestC33_EmptyFilesComplete(t *testing.T) {
	s := newSite(t)
	s.put("2025-01-17-empty.ndjson", "")
	s.put("2025-01-17-blank.ndjson", "\n \n\t\r\n")
	got := s.run(0)
	if got.Files[pipeline.Completed] != 2 || got.Rows != 0 || len(got.Outputs) != 0 || len(s.outputs()) != 0 {
		t.Errorf("unexpected summary: %+v", got)
	}
	s.want(0, "verify")
}

func TestC42_ManySmallFilesGiveFewOutputs(t *testing.T) {
	s := newSite(t)
	const files = 10_000
	want := map[string]int{}
	padding := strings.Repeat("x", 900)
	for i := range files {
		id := fmt.Sprintf("s%05d", i)
		want[id] = 1
		content := fmt.Sprintf(`{"id":"%s-0","padding":"%s"}`+"\n", id, padding)
		if err := os.WriteFile(filepath.Join(s.input, "2025-01-17-"+id+".ndjson"), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got := s.run(0, "--max-files-per-manifest", "2500")
	if len(got.Outputs) != 4 || got.Rows != files {
		t.Errorf("%d files gave %d outputs with %d rows, want 4 with %d", files, len(got.Outputs), got.Rows, files)
	}
	s.wantIDs(want)
}

func TestNoFlushMakesFullBatchesOnly(t *testing.T) {
	s := newSite(t)
	for i := range 12 {
		s.put(fmt.Sprintf("2025-01-17-%02d.ndjson", i), records(fmt.Sprint("f", i), 1))
	}
	got := s.run(0, "--no-flush")
	if got.Batches != 1 || got.Files[pipeline.Completed] != 10 || got.Files[pipeline.Pending] != 2 {
		t.Errorf("unexpected summary: %+v", got)
	}
	flushed := decode[report.Summary](t, s.want(0, "flush", "2025-01-17", "--json").stdout)
	if flushed.Batches != 1 || flushed.Files[pipeline.Completed] != 2 {
		t.Errorf("unexpected summary of flush: %+v", flushed)
	}
}

func TestTodaysFilesAreFlushedToo(t *testing.T) {
	s := newSite(t)
	s.put(time.Now().UTC().Format(time.DateOnly)+"-a.ndjson", records("a", 2))
	s.run(0)
	s.wantIDs(map[string]int{"a": 2})
}

func TestAnOwnedInputLosesInvalidFiles(t *testing.T) {
	s := newSite(t)
	s.input = filepath.Join(s.root, "input")
	s.put("2025-01-17-a.ndjson", records("a", 1))
	bad := s.put("notes.txt", "x")
	s.want(cli.ExitIncomplete, "run", "--settle", "0s")
	if _, err := os.Stat(bad); !os.IsNotExist(err) {
		t.Errorf("the invalid file is still in the input: %v", err)
	}
	if _, err := os.Stat(filepath.Join(s.root, "quarantine/files/undated/notes.txt")); err != nil {
		t.Error(err)
	}
	s.wantStatus("notes.txt", "quarantined", "no-date")
}

func TestFlagsWinOverVariables(t *testing.T) {
	s := newSite(t)
	s.env = []string{"MAX_FILES_PER_MANIFEST=2", "COMPRESSION_TYPE=zstd"}
	for i := range 6 {
		s.put(fmt.Sprintf("2025-01-17-%02d.ndjson", i), records(fmt.Sprint("f", i), 1))
	}
	got := s.run(0, "--max-files-per-manifest", "3")
	if got.Batches != 2 {
		t.Errorf("%d batches, want 2 of 3 files each", got.Batches)
	}
	for _, o := range got.Outputs {
		if !strings.HasSuffix(o.Key, ".zstd.parquet") {
			t.Errorf("%s does not follow COMPRESSION_TYPE", o.Key)
		}
	}
	s.env = []string{"MAX_FILES_PER_MANIFEST=many"}
	if r := s.want(cli.ExitUsage, "run", s.input); !strings.Contains(r.stderr, "MAX_FILES_PER_MANIFEST") {
		t.Errorf("the message does not name the variable: %s", r.stderr)
	}
}
