package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ndjson-parquet/internal/cli"
)

func TestRunTakesTheDateFromThePath(t *testing.T) {
	s := newSite(t)
	s.put("logs/2025/01/17/10/app.jsonl", records("a", 3))
	s.put("logs/2025/01/18/00/app.jsonl", records("b", 2))
	s.put("logs/2025/02/30/00/app.jsonl", records("c", 1))
	pattern := []string{"--date-pattern", "{yyyy}/{mm}/{dd}/…"}
	if got := s.run(cli.ExitIncomplete, pattern...); got.Rows != 5 || got.Batches != 2 {
		t.Errorf("%d rows in %d batches, want 5 in 2", got.Rows, got.Batches)
	}
	s.wantStatus("logs/2025/02/30/00/app.jsonl", "quarantined", "bad-date")
	for _, folder := range []string{"merged-parquet-2025-01-17", "merged-parquet-2025-01-18"} {
		if _, err := os.Stat(filepath.Join(s.root, "output", folder)); err != nil {
			t.Error(err)
		}
	}
	// The root remembers the pattern: without the flag nothing is new, and another one is refused,
	// because every file would be processed again under another date.
	if got := s.run(cli.ExitDone); got.Batches != 0 {
		t.Errorf("a run without the flag made %d batches", got.Batches)
	}
	r := s.want(cli.ExitUsage, "run", s.input, "--date-pattern", ModifiedPattern)
	if !strings.Contains(r.stderr, "--date-pattern differs") || !strings.Contains(r.stderr, "move") {
		t.Errorf("the message does not help: %s", r.stderr)
	}
	if r := s.want(cli.ExitFailed, "move", "--date-pattern", "*{date}"); !strings.Contains(r.stderr, "another date") {
		t.Errorf("moved to a pattern with other dates: %s", r.stderr)
	}
	s.want(cli.ExitDone, "move", "--date-pattern", "logs/{yyyy}/{mm}/{dd}/") // the same dates
	s.want(cli.ExitDone, "verify")
	for _, name := range []string{"app.jsonl", "logs/2025/01/17/10/app.jsonl",
		filepath.Join(s.input, "logs/2025/01/17/10/app.jsonl")} {
		if r := s.want(cli.ExitDone, "why", name); !strings.Contains(r.stdout, "2025-01-17") {
			t.Errorf("why %s: %s", name, r.stdout)
		}
	}
}

// ModifiedPattern takes the time of a file's last modification.
const ModifiedPattern = "modified"

func TestRunTakesTheDateFromTheFile(t *testing.T) {
	s := newSite(t)
	s.put("app.ndjson", records("a", 3))
	night := time.Date(2025, 1, 17, 23, 30, 0, 0, time.UTC)
	if err := os.Chtimes(filepath.Join(s.input, "app.ndjson"), night, night); err != nil {
		t.Fatal(err)
	}
	if got := s.run(cli.ExitDone, "--date-pattern", ModifiedPattern, "--date-timezone",
		"Europe/Berlin"); got.Rows != 3 {
		t.Errorf("%d rows, want 3", got.Rows)
	}
	if _, err := os.Stat(filepath.Join(s.root, "output", "merged-parquet-2025-01-18")); err != nil {
		t.Error(err)
	}
	s.want(cli.ExitUsage, "run", s.input, "--date-timezone", "UTC")
	if got := s.run(cli.ExitDone); got.Batches != 0 {
		t.Errorf("a second run made %d batches", got.Batches)
	}
	s.want(cli.ExitDone, "why", "app.ndjson")
}

func TestAPatternMayChangeWhileNoFileHasADate(t *testing.T) {
	s := newSite(t)
	s.put("2025/01/17/app.ndjson", records("a", 3))
	if got := s.run(cli.ExitIncomplete); got.Rows != 0 {
		t.Errorf("%d rows without a date", got.Rows)
	}
	s.want(cli.ExitDone, "move", "--date-pattern", "{yyyy}/{mm}/{dd}/")
	if got := s.run(cli.ExitDone); got.Rows != 3 {
		t.Errorf("%d rows, want 3", got.Rows)
	}
}

func TestRunTakesTheExtensionsThatAreSet(t *testing.T) {
	s := newSite(t)
	for _, name := range []string{"a.ndjson", "b.JSONL", "c.json", "d.LOG"} {
		s.put("2025-01-17-"+name, records(name, 1))
	}
	s.put("2025-01-17/_SUCCESS", "")
	if got := s.run(cli.ExitIncomplete); got.Rows != 2 {
		t.Errorf("%d rows with the default, want 2", got.Rows)
	}
	s.wantStatus("2025-01-17-c.json", "quarantined", "bad-extension")
	s.want(cli.ExitDone, "release", "2025-01-17-c.json") // accepts it as it is
	s.wantStatus("2025-01-17-c.json", "pending", "")

	s = newSite(t)
	for _, name := range []string{"a.ndjson", "b.JSONL", "c.json", "d.LOG"} {
		s.put("2025-01-17-"+name, records(name, 1))
	}
	if got := s.run(cli.ExitDone, "--input-extensions", "*"); got.Rows != 4 {
		t.Errorf("%d rows with every name, want 4", got.Rows)
	}
}
