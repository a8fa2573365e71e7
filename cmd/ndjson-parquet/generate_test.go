package main

import (
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/generate"
	"ndjson-parquet/internal/pipeline"
	"ndjson-parquet/internal/report"
)

// What generate makes, with every kind of flaw, a run brings to the end that the summary states; a
// summary that states something else is contradicted.
func TestGenerateRunVerifyAgainst(t *testing.T) {
	s := newSite(t)
	made := filepath.Join(t.TempDir(), "made.json")
	args := []string{
		"generate", s.input, "--files-per-day", "30", "--days", "2", "--from", "2025-01-17", "--file-mb", "0.02",
		"--bad-records", "3",
		"--bad-names", "10", "--duplicates", "10", "--overwrites", "10", "--schema-changes", "2", "--summary", made,
		"--json",
	}
	if runtime.GOOS != "windows" {
		args = append(args, "--awkward-names", "30")
	}
	summary := decode[generate.Summary](t, s.want(cli.ExitDone, args...).stdout)
	s.run(cli.ExitIncomplete)

	r := decode[report.Verification](t, s.want(cli.ExitDone, "verify", "--against", made, "--json").stdout)
	if r.Against == nil || r.Against.Files != len(summary.Files) || len(summary.Files) != 60 ||
		r.Against.Rows != r.Rows {
		t.Errorf("compared %+v with %d files; %d rows verified", r.Against, len(summary.Files), r.Rows)
	}
	for i, f := range summary.Files {
		if f.Status == pipeline.Completed {
			summary.Files[i].Versions = []generate.Version{{Rows: f.Versions[0].Rows + 1}}
			break
		}
	}
	if err := writeSummary(made, summary); err != nil {
		t.Fatal(err)
	}
	s.want(cli.ExitIncomplete, "verify", "--against", made)
	s.want(cli.ExitUsage, "verify", "2025-01-17", "--against", made)
	s.want(cli.ExitUsage, "generate", s.input, "--shape", "square")
}

func TestGenerateReplacesNothing(t *testing.T) {
	s := newSite(t)
	generate := func(args ...string) []string {
		return append([]string{
			"generate", s.input, "--files-per-day", "2", "--from", "2025-01-17", "--file-mb", "0.001",
		}, args...)
	}
	for range 2 { // the same files again are no change
		s.want(cli.ExitDone, generate()...)
	}
	for name := range snapshot(t, s.input) {
		s.put(name, "precious")
	}
	before := snapshot(t, s.input)
	made := filepath.Join(filepath.Dir(s.input), "made.json")
	if err := os.WriteFile(made, []byte(`{"precious":1}`), 0o644); err != nil {
		t.Fatal(err)
	}
	s.want(cli.ExitFailed, generate()...)
	s.want(cli.ExitFailed, generate("--summary", made)...)
	s.want(cli.ExitUsage, generate("--summary", filepath.Join(s.input, "made.json"))...)
	if !maps.Equal(before, snapshot(t, s.input)) {
		t.Error("the target has changed")
	}
	if content, err := os.ReadFile(made); err != nil || string(content) != `{"precious":1}` {
		t.Errorf("the file named by --summary is now %s, %v", content, err)
	}
}
