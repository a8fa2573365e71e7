package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/pipeline"
)

// junk are n lines that are no JSON.
func junk(n int) string { return strings.Repeat("this is not JSON\n", n) }

// blockOutput makes every put of a date's output fail, for root too: a file stands where the folder
// would have to be. It returns the cure.
func (s *site) blockOutput(date string) func() {
	s.t.Helper()
	folder := filepath.Join(s.root, "output", "merged-parquet-"+date)
	err := os.MkdirAll(filepath.Dir(folder), 0o755)
	if err == nil {
		err = os.WriteFile(folder, nil, 0o644)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return func() {
		if err := os.Remove(folder); err != nil {
			s.t.Fatal(err)
		}
	}
}

func TestC4_AFileOverwrittenBeforeTheClaim(t *testing.T) {
	s := newSite(t)
	s.put("2025-01-17-a.ndjson", records("old", 2))
	s.run(0, "--no-flush")
	s.put("2025-01-17-a.ndjson", records("new", 3))
	s.run(0)
	s.wantIDs(map[string]int{"new": 3})
}

func TestC4_AFileOverwrittenAfterTheCommit(t *testing.T) {
	for policy, want := range map[string]map[string]int{
		"quarantine": {"old": 2}, "ignore": {"old": 2}, "append": {"old": 2, "new": 3},
	} {
		t.Run(policy, func(t *testing.T) {
			s := newSite(t)
			s.put("2025-01-17-a.ndjson", records("old", 2))
			s.run(0)
			s.put("2025-01-17-a.ndjson", records("new", 3))
			code := cli.ExitDone
			if policy == "quarantine" {
				code = cli.ExitIncomplete
			}
			s.run(code, "--overwrite-policy", policy)
			s.run(cli.ExitDone, "--overwrite-policy", policy)
			s.wantIDs(want)
			if policy != "quarantine" {
				return
			}
			// The kept version can still be let in.
			s.want(0, "release", "2025-01-17-a.ndjson", "--input", s.input)
			s.run(0)
			s.wantIDs(map[string]int{"old": 2, "new": 3})
			s.want(0, "verify")
		})
	}
}

func TestC9_AFileGoneBeforeItIsRead(t *testing.T) {
	s := newSite(t)
	gone := s.put("2025-01-17-gone.ndjson", records("gone", 2))
	s.put("2025-01-17-stays.ndjson", records("stays", 2))
	s.run(0, "--no-flush")
	if err := os.Remove(gone); err != nil {
		t.Fatal(err)
	}
	s.run(cli.ExitIncomplete)
	s.wantStatus("2025-01-17-gone.ndjson", "failed", "missing")
	s.wantIDs(map[string]int{"stays": 2})
	alerts, err := os.ReadFile(filepath.Join(s.root, "alerts.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	var alert pipeline.Alert
	if err := json.Unmarshal(bytes.TrimSpace(alerts), &alert); err != nil || alert.Error.Error != "missing" ||
		alert.DatePrefix != "2025-01-17" {
		t.Errorf("unexpected alert (%v): %s", err, alerts)
	}
	s.run(cli.ExitDone) // no loop
}

func TestC17_AttemptsStartAfreshAfterASuccess(t *testing.T) {
	s := newSite(t)
	s.put("2025-01-17-a.ndjson", records("a", 2))
	cure := s.blockOutput("2025-01-17")
	cmd := s.command("run", s.input, "--settle", "0s", "--max-attempts", "20")
	var log bytes.Buffer
	stderr, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	for chunk := make([]byte, 4096); !strings.Contains(log.String(), "attempt failed"); {
		n, err := stderr.Read(chunk)
		log.Write(chunk[:n])
		if err != nil {
			t.Fatalf("no attempt failed: %s", log.String())
		}
	}
	cure()
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	if f := s.wantStatus("2025-01-17-a.ndjson", "completed", ""); f.Attempts != 0 {
		t.Errorf("the file still counts %d attempts", f.Attempts)
	}
	s.wantIDs(map[string]int{"a": 2})
}

func TestC18_AMissingLedgerIsRefused(t *testing.T) {
	s := newSite(t)
	s.put("2025-01-17-a.ndjson", records("a", 2))
	s.run(0)
	ledger := filepath.Join(s.root, "tracking.db")
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Rename(ledger+suffix, filepath.Join(s.input, ".kept"+suffix)); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	if r := s.want(cli.ExitFailed, "run", s.input); !strings.Contains(r.stderr, "backup") ||
		!strings.Contains(r.stderr, "--ledger") {
		t.Errorf("the message does not say how to recover: %s", r.stderr)
	}
	if _, err := os.Stat(ledger); !os.IsNotExist(err) {
		t.Error("a new ledger was made all the same")
	}
	for _, content := range []string{"", "this is no database, whatever its name says"} {
		if err := os.WriteFile(ledger, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, command := range [][]string{{"run", s.input}, {"status"}, {"serve", s.input}} {
			if r := s.want(cli.ExitFailed, command...); !strings.Contains(r.stderr, ledger) {
				t.Errorf("%v does not name the ledger: %s", command, r.stderr)
			}
		}
	}
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Rename(filepath.Join(s.input, ".kept"+suffix), ledger+suffix); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	s.run(0)
	s.wantIDs(map[string]int{"a": 2})
}

func TestC19_OnePoisonFileInTen(t *testing.T) {
	s := newSite(t)
	want := map[string]int{}
	for i := range 9 {
		id := fmt.Sprintf("good%d", i)
		want[id] = 5
		s.put("2025-01-17-"+id+".ndjson", records(id, 5))
	}
	s.put("2025-01-17-poison.ndjson", junk(50)+records("bad", 1))
	got := s.run(cli.ExitIncomplete, "--max-rejected-percent", "50")
	if got.Batches != 1 || got.Files[pipeline.Completed] != 9 || got.Files[pipeline.Quarantined] != 1 {
		t.Errorf("unexpected summary: %+v", got)
	}
	s.wantIDs(want)
	s.wantStatus("2025-01-17-poison.ndjson", "quarantined", "too-many-rejects")
	s.want(0, "verify")
	// An operator can accept it after all.
	s.want(0, "release", "2025-01-17-poison.ndjson", "--input", s.input)
	s.run(cli.ExitIncomplete, "--max-rejected-percent", "50")
	want["bad"] = 1
	s.wantIDs(want)
}

// A name of 255 bytes, the most a file system takes, leaves no room for the ending of the reason's.
func TestC8_QuarantineOfTheLongestName(t *testing.T) {
	s := newSite(t)
	name := "2025-01-17-" + strings.Repeat("x", 240) + ".csv"
	if err := os.WriteFile(filepath.Join(s.input, name), []byte("a,b\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	s.run(cli.ExitIncomplete)
	s.wantStatus(name, "quarantined", "bad-extension")
	reasons, err := filepath.Glob(filepath.Join(s.root, "quarantine", "files", "2025-01-17", "long", "*.reason.json"))
	if err != nil || len(reasons) != 1 {
		t.Fatalf("%d reasons are there: %v", len(reasons), err)
	}
	reason, err := os.ReadFile(reasons[0])
	if err != nil || !strings.Contains(string(reason), name) {
		t.Errorf("the reason does not tell the name: %s, %v", reason, err)
	}
	if kept, err := os.ReadFile(strings.TrimSuffix(reasons[0], ".reason.json")); err != nil || string(kept) != "a,b\n" {
		t.Errorf("kept is %q, %v", kept, err)
	}
	s.want(0, "verify")
}

func TestC34_ATruncatedFileFailsAlone(t *testing.T) {
	s := newSite(t)
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write([]byte(records("cut", 5000)))
	_ = w.Close()
	s.put("2025-01-17-cut.ndjson.gz", packed.String()[:packed.Len()/2])
	s.put("2025-01-17-good.ndjson", records("good", 3))
	s.run(cli.ExitIncomplete)
	s.wantStatus("2025-01-17-cut.ndjson.gz", "failed", "unreadable")
	s.wantIDs(map[string]int{"good": 3})
	// A whole version of it is taken as a new one.
	s.put("2025-01-17-cut.ndjson.gz", packed.String())
	s.run(0)
	s.wantIDs(map[string]int{"good": 3, "cut": 5000})
}

func TestC21_RedriveThreeTimesIsOneResult(t *testing.T) {
	s := newSite(t)
	s.put("2025-01-17-a.ndjson", records("a", 2))
	s.put("2025-01-17-b.csv", "x")
	s.run(cli.ExitIncomplete)
	// From now on quarantine takes nothing: the admission of an invalid file fails.
	folder := filepath.Join(s.root, "quarantine", "files")
	if err := os.Rename(folder, folder+".kept"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(folder, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	s.put("2025-01-17-c.csv", "y")
	got := s.run(cli.ExitIncomplete)
	if got.DeadLetters != 1 {
		t.Fatalf("unexpected summary: %+v", got)
	}
	if list := s.want(0, "redrive", "--list").stdout; !strings.Contains(list, "2025-01-17-c.csv") {
		t.Errorf("the list does not show the file: %s", list)
	}
	s.want(cli.ExitIncomplete, "redrive", "--input", s.input)
	s.want(cli.ExitFailed, "why", "2025-01-17-c.csv")
	if err := os.Remove(folder); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(folder+".kept", folder); err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		r := decode[struct{ Redriven int }](t, s.want(0, "redrive", "--json", "--input", s.input).stdout)
		if want := max(0, 1-i); r.Redriven != want {
			t.Errorf("redrive %d settled %d letters, want %d", i+1, r.Redriven, want)
		}
	}
	s.wantStatus("2025-01-17-c.csv", "quarantined", "bad-extension")
	s.run(cli.ExitDone)
	s.wantIDs(map[string]int{"a": 2})
}

func TestC22_ABatchThatCannotBePublishedIsRetried(t *testing.T) {
	s := newSite(t)
	s.put("2025-01-17-a.ndjson", records("a", 4)+junk(1))
	s.put("2025-01-18-b.ndjson", records("b", 2))
	cure := s.blockOutput("2025-01-17")
	got := s.run(cli.ExitIncomplete, "--max-attempts", "1")
	if got.BatchesByStatus[pipeline.Failed] != 1 || got.BatchesByStatus[pipeline.Completed] != 1 {
		t.Fatalf("unexpected summary: %+v", got)
	}
	s.wantIDs(map[string]int{"b": 2})
	failed := s.ledgerBatches()[0]
	if failed.Error == "" || s.wantStatus("2025-01-17-a.ndjson", "failed", "batch-failed").Detail == "" {
		t.Errorf("no reason is given: %+v", failed)
	}
	if why := s.want(0, "why", "2025-01-17-a.ndjson").stdout; !strings.Contains(why, "retry "+string(failed.ID)) {
		t.Errorf("why does not say what to do: %s", why)
	}
	s.want(cli.ExitIncomplete, "retry", string(failed.ID), "--max-attempts", "1") // the cause is still there
	cure()
	s.want(cli.ExitIncomplete, "retry", string(failed.ID)) // its bad line counts
	s.want(cli.ExitFailed, "retry", string(failed.ID))
	s.wantIDs(map[string]int{"a": 4, "b": 2})
	s.want(0, "verify")
}

func TestC37_NothingPartialInSight(t *testing.T) {
	s := newSite(t)
	want := map[string]int{}
	for i := range 40 {
		id := fmt.Sprintf("f%02d", i)
		want[id] = 2000
		s.put("2025-01-17-"+id+".ndjson", records(id, 2000))
	}
	cmd := s.command("run", s.input, "--settle", "0s", "--max-files-per-manifest", "4")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	looks := 0
	for running := true; running; looks++ {
		select {
		case err := <-done:
			if err != nil {
				t.Fatal(err)
			}
			running = false
		case <-time.After(2 * time.Millisecond):
		}
		entries, _ := filepath.Glob(filepath.Join(s.root, "output", "merged-parquet-*", "*"))
		for _, path := range entries {
			switch name := filepath.Base(path); {
			case name == "_commits":
			case strings.HasPrefix(name, "part-") && strings.HasSuffix(name, ".snappy.parquet"):
				if n := len(column(t, path, "id")); n != 8000 {
					t.Fatalf("%s was in sight with %d rows", path, n)
				}
			default:
				t.Fatalf("%s is in sight", path)
			}
		}
	}
	if looks < 3 {
		t.Errorf("the output was looked at only %d times", looks)
	}
	s.wantIDs(want)
}

func TestC40_PlacesThatOverlapAreRefused(t *testing.T) {
	s := newSite(t)
	s.put("2025-01-17-a.ndjson", records("a", 1))
	link := filepath.Join(filepath.Dir(s.input), "link")
	if err := os.Symlink(s.input, link); err != nil {
		t.Fatal(err)
	}
	for name, flags := range map[string][]string{
		"output in the input":                {"--output", filepath.Join(s.input, "out")},
		"output is the input":                {"--output", s.input},
		"manifests in the input":             {"--manifests", filepath.Join(s.input, "m")},
		"quarantine in the input":            {"--quarantine", filepath.Join(s.input, "q")},
		"ledger in the input":                {"--ledger", filepath.Join(s.input, "ledger.db")},
		"output in the input by a link":      {"--output", filepath.Join(link, "deep", "out")},
		"input in the output":                {"--output", filepath.Dir(s.input)},
		"root in the input":                  {"--root", filepath.Join(s.input, "data")},
		"buckets: output in the input":       {"--input", "s3://b/x", "--output", "s3://b/x/out"},
		"buckets: the same place, slash":     {"--input", "s3://b/x/", "--output", "s3://b/x"},
		"buckets: input in the quarantine":   {"--input", "s3://b/q/x", "--quarantine", "s3://b/q"},
		"buckets: whole bucket is the input": {"--input", "s3://b", "--output", "s3://b/out"},
	} {
		for _, command := range []string{"run", "serve"} {
			args := append([]string{command}, flags...)
			if !slices.Contains(flags, "--input") {
				args = append(args, "--input", s.input)
			}
			cmd := s.command(args...)
			if slices.Contains(flags, "--root") {
				cmd.Args = cmd.Args[:len(cmd.Args)-2] // this test passes its own --root
			}
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			_ = cmd.Run()
			if code := cmd.ProcessState.ExitCode(); code != cli.ExitUsage ||
				!strings.Contains(stderr.String(), "elsewhere") {
				t.Errorf("%s: %s: exit code %d: %s", name, command, code, stderr.String())
			}
		}
	}
	if files := snapshot(t, s.input); len(files) != 1 {
		t.Errorf("files were written into the input: %v", slices.Collect(maps.Keys(files)))
	}
}
