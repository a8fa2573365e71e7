package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/pipeline"
	"ndjson-parquet/internal/report"
)

func TestReleaseSelectsByDateReasonAndPattern(t *testing.T) {
	s := newSite(t)
	for _, name := range []string{"2025-01-17-web", "2025-01-17-mobile", "2025-01-18-web"} {
		s.put(name+".ndjson", junk(50)+records(name, 1))
	}
	s.put("2025-99-17-bad.ndjson", "x")
	s.run(cli.ExitIncomplete, "--max-rejected-percent", "50")
	type released struct {
		DryRun   bool `json:"dry_run"`
		Released []report.File
		Refused  []refusal
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--date", "2025-01-17", "--reason", "too-many-rejects"},
			"2025-01-17-mobile.ndjson 2025-01-17-web.ndjson"},
		{[]string{"--match", "*-web.*"}, "2025-01-17-web.ndjson 2025-01-18-web.ndjson"},
		{[]string{"--match", "*-web.*", "--date", "2025-01-18"}, "2025-01-18-web.ndjson"},
		{[]string{"--reason", "too-small"}, ""},
	} {
		r := decode[released](t, s.want(0, append([]string{"release", "--dry-run", "--json", "--input", s.input},
			c.args...)...).stdout)
		var keys []string
		for _, f := range r.Released {
			keys = append(keys, f.Key)
		}
		if got := strings.Join(keys, " "); got != c.want || !r.DryRun {
			t.Errorf("release %v --dry-run: %q, want %q", c.args, got, c.want)
		}
	}
	s.wantStatus("2025-01-17-web.ndjson", "quarantined", "too-many-rejects") // nothing has changed
	all := decode[released](t, s.want(cli.ExitIncomplete, "release", "--all", "--dry-run", "--json").stdout)
	if len(all.Released) != 3 || len(all.Refused) != 1 || all.Refused[0].Key != "2025-99-17-bad.ndjson" {
		t.Errorf("release --all --dry-run: %+v", all)
	}
	r := decode[released](t, s.want(0, "release", "--date", "2025-01-17", "--json", "--input", s.input).stdout)
	if len(r.Released) != 2 || len(r.Refused) != 0 || r.Released[0].Status != pipeline.Pending {
		t.Errorf("release --date: %+v", r)
	}
	s.wantStatus("2025-01-17-web.ndjson", "pending", "")
	s.wantStatus("2025-01-18-web.ndjson", "quarantined", "too-many-rejects")
	for _, args := range [][]string{
		{"release"}, {"release", "x", "--all"}, {"release", "--date", "tomorrow"}, {"release", "--match", "[", "--all"},
		{"retry"},
	} {
		s.want(cli.ExitUsage, args...)
	}
}

func TestRetrySelectsFailedBatches(t *testing.T) {
	s := newSite(t)
	s.put("2025-01-17-web.ndjson", records("a", 2))
	s.put("2025-01-18-mobile.ndjson", records("b", 3))
	cures := []func(){s.blockOutput("2025-01-17"), s.blockOutput("2025-01-18")}
	s.run(cli.ExitIncomplete, "--max-attempts", "1")
	for _, c := range []struct {
		args []string
		want int
	}{
		{[]string{"--all"}, 2}, {[]string{"--date", "2025-01-18"}, 1}, {[]string{"--match", "*web*"}, 1},
		{[]string{"--match", "*none*"}, 0}, {[]string{"--reason", "MERGED-PARQUET"}, 2},
		{[]string{"--reason", "out of memory"}, 0},
	} {
		text := s.want(0, append([]string{"retry", "--dry-run", "--json"}, c.args...)...).stdout
		if got := decode[struct{ Batches []report.Batch }](t, text).Batches; len(got) != c.want {
			t.Errorf("retry %v --dry-run: %d batches, want %d", c.args, len(got), c.want)
		}
	}
	for _, cure := range cures {
		cure()
	}
	if got := s.ids(); len(got) != 0 {
		t.Fatalf("a dry run converted %v", got)
	}
	s.want(0, "retry", "--match", "*web*")
	s.wantIDs(map[string]int{"a": 2})
	s.want(0, "retry", "--all")
	s.wantIDs(map[string]int{"a": 2, "b": 3})
}

func TestRedriveSelectsDeadLetters(t *testing.T) {
	s := newSite(t)
	s.put("2025-01-17-b.docx", "x")
	s.run(cli.ExitIncomplete)
	folder := filepath.Join(s.root, "quarantine", "files")
	if err := os.Rename(folder, folder+".kept"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(folder, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	s.put("2025-01-17-c.docx", "y")
	s.put("2025-01-18-d.docx", "z")
	s.run(cli.ExitIncomplete)
	if err := os.Remove(folder); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(folder+".kept", folder); err != nil {
		t.Fatal(err)
	}
	type redriven struct {
		Redriven    int
		DeadLetters []report.DeadLetter `json:"dead_letters"`
	}
	all := decode[redriven](t, s.want(0, "redrive", "--list", "--json").stdout).DeadLetters
	if len(all) != 2 {
		t.Fatalf("%d dead letters, want 2: %+v", len(all), all)
	}
	if some := decode[redriven](t, s.want(0, "redrive", "--dry-run", "--date", "2025-01-18",
		"--json").stdout).DeadLetters; len(some) != 1 {
		t.Errorf("redrive --dry-run --date: %+v", some)
	}
	if r := decode[redriven](t, s.want(0, "redrive", "--match", "*-c.*", "--json", "--input",
		s.input).stdout); r.Redriven != 1 || len(r.DeadLetters) != 0 {
		t.Errorf("redrive --match: %+v", r)
	}
	left := decode[redriven](t, s.want(0, "redrive", "--list", "--json").stdout).DeadLetters
	if len(left) != 1 || left[0].Key != "2025-01-18-d.docx" {
		t.Errorf("left: %+v", left)
	}
}
