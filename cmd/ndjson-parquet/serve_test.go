package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"ndjson-parquet/internal/buildinfo"
	"ndjson-parquet/internal/testenv"
)

// A server is a running serve.
type server struct {
	*exec.Cmd
	log *testenv.Buffer
}

// serve starts serve on the site's input and waits until it watches.
func (s *site) serve(args ...string) *server {
	s.t.Helper()
	server := &server{s.command(append([]string{"serve", s.input}, args...)...), &testenv.Buffer{}}
	server.Stderr = server.log
	if err := server.Start(); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		_ = server.Process.Kill()
		_ = server.Wait()
	})
	eventually(s.t, 20*time.Second, func() string {
		if !strings.Contains(server.log.String(), "Watching") {
			return "it does not watch yet: " + server.log.String()
		}
		return ""
	})
	return server
}

// terminate asks the server to stop, and checks that it does so in good order.
func (s *site) terminate(server *server) {
	s.t.Helper()
	if err := server.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	if err := server.Wait(); err != nil {
		s.t.Fatalf("serve did not end well: %v\n%s", err, server.log.String())
	}
}

// wantRows waits until so many records are published.
func (s *site) wantRows(n int, within time.Duration) {
	s.t.Helper()
	eventually(s.t, within, func() string {
		if got := len(s.ids()); got != n {
			return fmt.Sprintf("%d records are published, want %d", got, n)
		}
		return ""
	})
}

func TestServeSeesWhatArrives(t *testing.T) {
	s := newSite(t)
	server := s.serve("--settle", "50ms", "--list-every", "10m")
	want := map[string]int{}
	for i := range 10 {
		id := fmt.Sprintf("f%d", i)
		want[id] = 3
		s.put("2025-01-17-"+id+".ndjson", records(id, 3))
	}
	s.wantRows(30, 20*time.Second)
	// A folder that is made later is watched as well.
	s.put("sub/deeper/2025-01-18-late.ndjson", records("late", 3))
	want["late"] = 3
	s.wantRows(33, 20*time.Second)
	s.terminate(server)
	if want := "version=" + buildinfo.Version(); !strings.Contains(server.log.String(), want) {
		t.Errorf("the log has no %s:\n%s", want, server.log.String())
	}
	s.wantIDs(want)
	s.want(0, "verify")
}

func TestC3_ServeFindsFilesThatNoEventToldOf(t *testing.T) {
	s := newSite(t)
	server := s.serve("--poll", "--settle", "50ms", "--list-every", "200ms")
	for i := range 10 {
		id := fmt.Sprintf("f%d", i)
		s.put("2025-01-17-"+id+".ndjson", records(id, 2))
	}
	s.wantRows(20, 20*time.Second)
	s.terminate(server)
}

func TestServeWaitsForAFullBatchOfToday(t *testing.T) {
	s := newSite(t)
	server := s.serve("--settle", "20ms", "--list-every", "100ms", "--max-files-per-manifest", "3")
	today := time.Now().UTC().Format(time.DateOnly)
	s.put(today+"-a.ndjson", records("a", 1))
	s.put(today+"-b.ndjson", records("b", 1))
	time.Sleep(time.Second)
	if n := len(s.outputs()); n != 0 {
		t.Fatalf("%d outputs of a batch that is not full", n)
	}
	s.put(today+"-c.ndjson", records("c", 1))
	s.wantRows(3, 20*time.Second)
	s.terminate(server)
}

func TestServeBoundsTheWaitForAFullBatch(t *testing.T) {
	s := newSite(t)
	server := s.serve("--settle", "20ms", "--list-every", "100ms", "--max-batch-age-seconds", "1")
	s.put(time.Now().UTC().Format(time.DateOnly)+"-a.ndjson", records("a", 1))
	s.wantRows(1, 20*time.Second)
	s.terminate(server)
}

func TestServeLeavesAFileAloneThatIsBeingWritten(t *testing.T) {
	s := newSite(t)
	server := s.serve("--settle", "400ms", "--list-every", "50ms")
	f, err := os.Create(filepath.Join(s.input, "2025-01-17-slow.ndjson"))
	if err != nil {
		t.Fatal(err)
	}
	const lines = 20
	for i := range lines {
		if _, err := fmt.Fprintf(f, `{"id":"slow-%d"}`+"\n", i); err != nil {
			t.Fatal(err)
		}
		time.Sleep(60 * time.Millisecond)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	// Unfinished by their names: never taken.
	for _, name := range []string{"2025-01-17-x.ndjson.tmp", ".2025-01-17-x.ndjson", "2025-01-17-x.ndjson.part"} {
		if err := os.WriteFile(filepath.Join(s.input, name), []byte(records("x", 1)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	s.wantRows(lines, 20*time.Second)
	s.terminate(server)
	s.wantIDs(map[string]int{"slow": lines})
	if n := len(s.ledgerFiles()); n != 1 {
		t.Errorf("%d files are in the ledger, want 1", n)
	}
}

func TestServeStopsGracefullyAndSurvivesARestart(t *testing.T) {
	s := newSite(t)
	want := map[string]int{}
	for i := range 40 {
		id := fmt.Sprintf("f%02d", i)
		want[id] = 3000
		s.put("2025-01-17-"+id+".ndjson", records(id, 3000))
	}
	flags := []string{"--settle", "20ms", "--list-every", "100ms", "--max-files-per-manifest", "5"}
	server := s.serve(flags...)
	eventually(t, 20*time.Second, func() string {
		if len(s.outputs()) == 0 {
			return "nothing is published"
		}
		return ""
	})
	s.terminate(server)
	for _, b := range s.ledgerBatches() {
		if b.Status != "completed" && b.Status != "manifested" {
			t.Errorf("batch %s was left %s", b.ID, b.Status)
		}
	}
	server = s.serve(flags...)
	s.wantRows(40*3000, 60*time.Second)
	s.terminate(server)
	s.wantIDs(want)
	s.want(0, "verify")
}
