package main

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/home"
)

// doctor returns the findings of the command doctor.
func (s *site) doctor(code int, args ...string) []home.CheckupFinding {
	s.t.Helper()
	text := s.want(code, append([]string{"doctor", "--json"}, args...)...).stdout
	return decode[struct{ Findings []home.CheckupFinding }](s.t, text).Findings
}

// wantFinding returns the finding about a subject, which must have the verdict.
func wantFinding(t *testing.T, all []home.CheckupFinding, area, subject string, want home.Verdict) home.CheckupFinding {
	t.Helper()
	for _, f := range all {
		if f.Area == area && strings.HasPrefix(f.Subject, subject) && f.Verdict == want {
			if want == home.Problem && f.Fix == "" {
				t.Errorf("%s, %s: a problem without a fix: %s", area, subject, f.Detail)
			}
			return f
		}
	}
	t.Fatalf("nothing about %s, %s is %s: %+v", area, subject, want, all)
	return home.CheckupFinding{}
}

func TestDoctorFindsNothingWrongInASoundRoot(t *testing.T) {
	s := newSite(t)
	s.put("2025-01-17-a.ndjson", records("a", 2))
	s.run(0)
	s.env = []string{"DASHBOARD_TOKEN=sixteen-letters-x"}
	before := snapshot(t, s.root)
	all := s.doctor(0)
	for _, f := range all {
		if f.Verdict == home.Problem {
			t.Errorf("%s, %s: %s", f.Area, f.Subject, f.Detail)
		}
	}
	for _, want := range [][2]string{
		{"configuration", "root record"}, {"places", "output"}, {"places", "input"}, {"ledger", "file"},
		{"versions", "ledger"}, {"versions", "writer"}, {"work", "batches"}, {"work", "pending files"},
		{"work", "dead letters"},
		{"disk", "root"},
	} {
		if want[0] == "disk" { // the disk of the test may be nearly full
			continue
		}
		wantFinding(t, all, want[0], want[1], home.Fine)
	}
	if after := snapshot(t, s.root); len(after) != len(before) {
		t.Errorf("doctor left files: %d before, %d after", len(before), len(after))
	}
	if text := s.want(0, "doctor").stdout; strings.Contains(text, "sixteen-letters-x") {
		t.Errorf("a secret is printed: %s", text)
	}
}

func TestDoctorNamesTheFixOfEachProblem(t *testing.T) {
	s := newSite(t)
	s.put("2025-01-17-a.ndjson", records("a", 2))
	cure := s.blockOutput("2025-01-17")
	s.run(cli.ExitIncomplete, "--max-attempts", "1")
	failed := wantFinding(t, s.doctor(cli.ExitIncomplete), "work", "batch 2025-01-17-0001", home.Problem)
	cure()
	words := strings.Fields(failed.Fix) // the fix is a command that can be given as it is
	if words[0] != "ndjson-parquet" || words[1] != "retry" || !strings.Contains(failed.Fix, s.root) {
		t.Fatalf("the fix of a failed batch is %q", failed.Fix)
	}
	s.want(0, words[1:3]...)
	s.doctor(0)

	quarantine := filepath.Join(s.root, "quarantine")
	if err := os.Rename(quarantine, quarantine+".moved"); err != nil {
		t.Fatal(err)
	}
	wantFinding(t, s.doctor(cli.ExitIncomplete), "places", "quarantine", home.Problem)
	if err := os.Rename(quarantine+".moved", quarantine); err != nil {
		t.Fatal(err)
	}
	if runtime.GOOS != "windows" {
		if err := os.Chmod(quarantine, 0o777); err != nil {
			t.Fatal(err)
		}
		f := wantFinding(t, s.doctor(cli.ExitIncomplete), "permissions", "other users", home.Problem)
		if f.Fix != "chmod -R o-w "+quarantine {
			t.Errorf("the fix is %q", f.Fix)
		}
		if err := os.Chmod(quarantine, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	wantFinding(t, s.doctor(cli.ExitIncomplete, "--output", s.input+"2"), "configuration", "settings", home.Problem)
}

func TestDoctorFindsADamagedLedger(t *testing.T) {
	s := newSite(t)
	for i := range 200 {
		s.put("2025-01-17-"+strings.Repeat("x", 100)+string(rune('a'+i%26))+strings.Repeat("y", i/26)+".ndjson",
			records("a", 1))
	}
	s.run(0)
	ledger := filepath.Join(s.root, "tracking.db")
	data, err := os.ReadFile(ledger)
	if err != nil {
		t.Fatal(err)
	}
	for i := len(data) / 2; i < len(data)/2+4096; i++ {
		data[i] = 0xAA
	}
	for _, suffix := range []string{"-wal", "-shm"} {
		_ = os.Remove(ledger + suffix)
	}
	if err := os.WriteFile(ledger, data, 0o644); err != nil {
		t.Fatal(err)
	}
	f := wantFinding(t, s.doctor(cli.ExitIncomplete), "ledger", "file", home.Problem)
	if !strings.Contains(f.Fix, ".recover") {
		t.Errorf("the fix is %q", f.Fix)
	}
}

// TestDoctorComparesClocks has a bucket on a server whose clock is an hour ahead.
func TestDoctorComparesClocks(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Date", time.Now().Add(time.Hour).UTC().Format(http.TimeFormat))
		_, _ = w.Write([]byte(`<?xml version="1.0"?><ListBucketResult><Name>b</Name></ListBucketResult>`))
	}))
	defer server.Close()
	s := newSite(t)
	if err := os.Mkdir(s.root, 0o755); err != nil {
		t.Fatal(err)
	}
	s.env = []string{
		"AWS_ENDPOINT_URL=" + server.URL, "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=a",
		"AWS_SECRET_ACCESS_KEY=not-to-be-shown",
	}
	all := s.doctor(cli.ExitIncomplete, "--output", "s3://bucket/out")
	wantFinding(t, all, "reachability", "output", home.Fine)
	wantFinding(t, all, "clock", "output", home.Problem)
	server.Close()
	wantFinding(t, s.doctor(cli.ExitIncomplete, "--output", "s3://bucket/out"), "reachability", "output", home.Problem)
}
