package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/report"
)

func TestWhatWasOddIsShown(t *testing.T) {
	s := newSite(t)
	path := s.put("2025-01-17-a.ndjson", records("a", 2)+`{"id":"b"}{"id":"c"}{"id":"d"}`+"\n")
	s.put("2025-01-18-b.ndjson", `{"id":"e"}{"id":"f"}`+"\n")
	out := filepath.Join(filepath.Dir(s.input), "out.parquet")
	text := s.want(cli.ExitDone, "convert", "-o", out, path).stdout
	if !strings.Contains(text, "2 × joined-records, first at "+path+":3: several records") {
		t.Errorf("convert does not show what was odd:\n%s", text)
	}
	got := decode[report.Summary](t, s.want(cli.ExitDone, "convert", "-o", out, "--json", path).stdout)
	if len(got.Oddities) != 1 || got.Oddities[0].Count != 2 || got.Oddities[0].Line != 3 {
		t.Errorf("convert --json: %+v", got.Oddities)
	}

	text = s.want(cli.ExitDone, "run", s.input, "--settle", "0s").stdout
	if !strings.Contains(text, "3 × joined-records, first at file://") ||
		!strings.Contains(text, "2025-01-17-a.ndjson:3") {
		t.Errorf("run does not add up what was odd in its batches:\n%s", text)
	}
	if why := s.want(cli.ExitDone, "why", "2025-01-18-b.ndjson").stdout; !strings.Contains(why, "1 × joined-records") {
		t.Errorf("why does not show what was odd:\n%s", why)
	}
	commits, err := filepath.Glob(filepath.Join(s.root, "output", "*", "_commits", "*.json"))
	if err != nil || len(commits) != 2 {
		t.Fatalf("commits %q, %v", commits, err)
	}
	commit, err := os.ReadFile(commits[0])
	if err != nil || !strings.Contains(string(commit), `"kind": "joined-records"`) {
		t.Errorf("the commit record: %s, %v", commit, err)
	}
}
