package main

import (
	"strings"
	"testing"

	"ndjson-parquet/internal/cli"
)

// TestCompletionFromTheLedger asks for completions as the scripts of the shells do.
func TestCompletionFromTheLedger(t *testing.T) {
	s := newSite(t)
	s.put("2025-01-17-web.ndjson", records("a", 2))
	s.put("2025-01-18-bad.docx", "x")
	s.run(cli.ExitIncomplete)
	for _, c := range []struct{ line, want, without string }{
		{"flush", "2025-01-17", "web"},
		{"why", "2025-01-17-web.ndjson", ""},
		{"release", "2025-01-18-bad.docx", "web.ndjson"},
		{"reprocess", "2025-01-17-0001-", "bad.docx"},
		{"release --reason", "bad-extension", ""},
		{"release --date", "2025-01-18", ""},
		{"files --status", "quarantined", ""},
		{"retry", "", "2025-01-17-0001-"}, // none failed
	} {
		words := strings.Fields(c.line)
		args := append([]string{"__complete", words[0], "--root", s.root}, words[1:]...)
		cmd := s.command(append(args, "")...)
		cmd.Args = cmd.Args[:len(cmd.Args)-2] // command adds --root at the end
		out, err := cmd.Output()
		if err != nil || !strings.Contains(string(out), c.want) || c.without != "" &&
			strings.Contains(string(out), c.without) {
			t.Errorf("%s: %v, want %q without %q, got %s", c.line, err, c.want, c.without, out)
		}
	}
}
