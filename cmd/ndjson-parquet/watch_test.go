package main

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"ndjson-parquet/internal/pipeline"
)

func TestWatchStreamsChanges(t *testing.T) {
	s := newSite(t)
	s.put("2025-01-17-a.ndjson", records("a", 2))
	s.run(0)
	cmd := s.command("status", "--watch", "--json", "--every", "50ms")
	stdout, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	lines.Buffer(nil, 1<<20)
	next := func() watchJSON {
		t.Helper()
		var w watchJSON
		if !lines.Scan() {
			t.Fatalf("no further line: %v", lines.Err())
		}
		if err := json.Unmarshal(lines.Bytes(), &w); err != nil {
			t.Fatalf("%v: %s", err, lines.Bytes())
		}
		return w
	}
	if w := next(); w.Files[pipeline.Completed] != 1 || len(w.Batches) != 1 || w.FilesPerMinute != 1 ||
		len(w.Attention) != 0 {
		t.Errorf("the first line: %+v", w)
	}
	s.put("2025-01-18-b.docx", "x")
	s.call("run", s.input, "--settle", "0s")
	if w := next(); w.Files[pipeline.Quarantined] != 1 || len(w.Attention) != 1 {
		t.Errorf("after a quarantine: %+v", w)
	}
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("Ctrl-C ends the watch with %v", err)
	}
}

// TestWatchRestoresTheTerminal runs the view in a terminal that script makes.
func TestWatchRestoresTheTerminal(t *testing.T) {
	script, err := exec.LookPath("script")
	if err != nil {
		t.Skip("there is no script(1) to make a terminal")
	}
	s := newSite(t)
	s.put("2025-01-17-a.ndjson", records("a", 2))
	s.run(0)
	line := "timeout -s INT 2 " + program + " status --watch --every 100ms --root " + s.root
	cmd := exec.Command(script, "-qefc", line, os.DevNull)
	cmd.Env = append(os.Environ(), "TERM=xterm")
	began := time.Now()
	out, _ := cmd.CombinedOutput() // timeout's exit code says that it sent the signal
	text := string(out)
	enter, leave := strings.Index(text, "\x1b[?1049h"), strings.LastIndex(text, "\x1b[?1049l")
	if enter < 0 || leave < enter || strings.Count(text, "\x1b[H") < 3 || !strings.Contains(text, "2025-01-17") {
		t.Errorf("not a view that is drawn again and restores the terminal, after %v: %q", time.Since(began), text)
	}
}
