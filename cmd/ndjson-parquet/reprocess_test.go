package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"ndjson-parquet/internal/cli"
)

// TestReprocessKilled kills reprocess at random moments and repeats it. The first conversion
// rejects one long record of each file; the second accepts it.
func TestReprocessKilled(t *testing.T) {
	const files = 12
	s := newSite(t)
	want := map[string]int{}
	for i := range files {
		id := fmt.Sprintf("f%02d", i)
		s.put("2025-01-17-"+id+".ndjson", records(id, 2000)+`{"id":"long`+id+`-0","n":1,"pad":"`+strings.Repeat("x",
			1000)+"\"}\n")
		want[id] = 2000
	}
	s.run(cli.ExitIncomplete, "--max-files-per-manifest", "1", "--max-record-bytes", "500")
	s.wantIDs(want)
	s.want(0, "reprocess", "2025-01-17", "--dry-run")
	s.wantIDs(want)
	outputs := s.outputs()

	began := time.Now()
	s.want(0, "reprocess", "2025-01-17-f00.ndjson")
	took := time.Since(began) * files / 2
	rng := rand.New(rand.NewPCG(14, 1))
	killed := 0
	for range kills() {
		if killAfter(t, s.command("reprocess", "2025-01-17"), time.Duration(rng.Float64()*float64(took))) {
			killed++
		}
	}
	if killed == 0 {
		t.Error("reprocess was never killed: the test shows nothing")
	}
	s.want(0, "reprocess", "2025-01-17")
	for i := range files {
		want[fmt.Sprintf("longf%02d", i)] = 1
	}
	s.wantIDs(want)
	s.want(0, "verify")
	if got := s.outputs(); fmt.Sprint(got) != fmt.Sprint(outputs) {
		t.Errorf("the outputs have other names: %v, were %v", got, outputs)
	}
	if rejected := s.ledgerFiles()["2025-01-17-f00.ndjson"].Rejected; rejected != 0 {
		t.Errorf("the ledger still counts %d rejected lines", rejected)
	}
}

func TestReprocessNamesWhatIsGone(t *testing.T) {
	s := newSite(t)
	s.put("2025-01-17-a.ndjson", records("a", 2))
	gone := s.put("2025-01-17-b.ndjson", records("b", 2))
	s.run(0)
	if err := os.Remove(gone); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"2025-01-17"}, {"2025-01-17-a.ndjson"}, {"2025-01-17", "--dry-run"}} {
		r := s.want(cli.ExitFailed, append([]string{"reprocess"}, args...)...)
		if !strings.Contains(r.stderr, "2025-01-17-b.ndjson") {
			t.Errorf("reprocess %v does not name the missing input: %s", args, r.stderr)
		}
	}
	s.wantIDs(map[string]int{"a": 2, "b": 2})
	s.want(cli.ExitFailed, "reprocess", "2025-01-19")
	s.want(cli.ExitFailed, "reprocess", "2025-01-17-0009-20250117-000000")
}
