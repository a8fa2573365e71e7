package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/inspect"
	"ndjson-parquet/internal/report"
)

// convert calls the convert command in a folder with some files.
func convertSite(t *testing.T) (*site, string) {
	t.Helper()
	s := newSite(t)
	s.put("a.ndjson", records("a", 3))
	s.put("b.jsonl", records("b", 2))
	s.put("sub/c.ndjson", records("c", 1))
	s.put("notes.txt", "not taken from a directory")
	return s, filepath.Join(filepath.Dir(s.input), "out.parquet")
}

func TestConvertTakesFilesFoldersAndPatterns(t *testing.T) {
	s, out := convertSite(t)
	for name, test := range map[string]struct {
		args []string
		rows int64
		code int
	}{
		"a file":    {[]string{filepath.Join(s.input, "a.ndjson")}, 3, 0},
		"a folder":  {[]string{s.input}, 6, cli.ExitIncomplete},
		"a pattern": {[]string{filepath.Join(s.input, "*.ndjson")}, 3, 0},
		"all of them, each once": {[]string{s.input, filepath.Join(s.input, "a.ndjson"),
			filepath.Join(s.input, "*.jsonl")}, 6, cli.ExitIncomplete},
		"any name if it is spelled": {[]string{filepath.Join(s.input, "b.jsonl"), filepath.Join(s.input, "sub")}, 3, 0},
	} {
		got := decode[report.Summary](t, s.want(test.code,
			append([]string{"convert", "-o", out, "--json"}, test.args...)...).stdout)
		if got.Rows != test.rows || int64(len(column(t, out, "id"))) != test.rows {
			t.Errorf("%s: %d rows, want %d", name, got.Rows, test.rows)
		}
	}
}

func TestConvertReadsAndWritesStandardStreams(t *testing.T) {
	s, out := convertSite(t)
	cmd := s.command("convert", "-o", "-", "-")
	cmd.Stdin = strings.NewReader(records("in", 4))
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	parquet, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, stderr.String())
	}
	if err := os.WriteFile(out, parquet, 0o644); err != nil {
		t.Fatal(err)
	}
	if ids := column(t, out, "id"); len(ids) != 4 {
		t.Errorf("%d rows, want 4", len(ids))
	}
	if !strings.Contains(stderr.String(), "4 rows") {
		t.Errorf("no summary on standard error: %s", stderr.String())
	}
}

func TestConvertIsDeterministic(t *testing.T) {
	s, out := convertSite(t)
	var first []byte
	for _, parallelism := range []string{"1", "4"} {
		s.want(cli.ExitIncomplete, "convert", "-o", out, "--parallelism", parallelism, s.input)
		data, err := os.ReadFile(out)
		if err != nil {
			t.Fatal(err)
		}
		if first != nil && !bytes.Equal(first, data) {
			t.Error("two conversions differ")
		}
		first = data
	}
}

func TestConvertRejects(t *testing.T) {
	s, out := convertSite(t)
	s.put("bad.ndjson", records("good", 1)+"nonsense\n[1]\n")
	rejects := out + ".rejects"
	got := decode[report.Summary](t, s.want(cli.ExitIncomplete, "convert", "-o", out, "--rejects", rejects, "--json",
		filepath.Join(s.input, "bad.ndjson")).stdout)
	if got.Rows != 1 || got.Rejected != 2 {
		t.Errorf("unexpected summary: %+v", got)
	}
	data, err := os.ReadFile(rejects)
	if err != nil {
		t.Fatal(err)
	}
	var reasons []string
	for line := range strings.SplitSeq(strings.TrimSpace(string(data)), "\n") {
		var r struct {
			Reason string
			Line   int
		}
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatal(err)
		}
		reasons = append(reasons, r.Reason)
	}
	if strings.Join(reasons, " ") != "not-json not-object" {
		t.Errorf("unexpected rejects: %s", data)
	}
}

func TestConvertWithADeclaredSchema(t *testing.T) {
	s, out := convertSite(t)
	s.put("t.ndjson", `{"id":7,"at":"2025-01-17T10:00:00Z","price":"1.50"}`+"\n")
	s.want(0, "convert", "-o", out, "--schema", "id string, at timestamp, price decimal(10,2)",
		filepath.Join(s.input, "t.ndjson"))
	r := s.want(cli.ExitUsage, "convert", "-o", out, "--schema", "id wibble", filepath.Join(s.input, "t.ndjson"))
	if !strings.Contains(r.stderr, "wibble") || !strings.Contains(r.stderr, "Try:") {
		t.Errorf("the message does not help: %s", r.stderr)
	}
}

func TestConvertWritesAllOrNothing(t *testing.T) {
	s, out := convertSite(t)
	s.want(cli.ExitIncomplete, "convert", "-o", out, s.input)
	before := snapshot(t, filepath.Dir(out))
	s.want(cli.ExitFailed, "convert", "-o", out, filepath.Join(s.input, "missing.ndjson"))
	s.put("cut.ndjson.gz", "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03broken")
	s.want(cli.ExitFailed, "convert", "-o", out, filepath.Join(s.input, "cut.ndjson.gz"))
	s.want(cli.ExitFailed, "convert", "-o", filepath.Join(out, "no-folder.parquet"), s.input)
	for name, content := range snapshot(t, filepath.Dir(out)) {
		if name != "in/cut.ndjson.gz" && before[name] != content {
			t.Errorf("%s was left behind or changed", name)
		}
	}
}

func TestC33_ConvertWritesNoEmptyParquet(t *testing.T) {
	s, out := convertSite(t)
	s.put("empty.ndjson", "\n")
	r := s.want(0, "convert", "-o", out, filepath.Join(s.input, "empty.ndjson"))
	if !strings.Contains(r.stdout, "No rows") {
		t.Errorf("unexpected answer: %s", r.stdout)
	}
	if _, err := os.Stat(out); !os.IsNotExist(err) {
		t.Error("an empty Parquet file was written")
	}
}

func TestInspect(t *testing.T) {
	s, out := convertSite(t)
	s.put("t.ndjson", `{"at":"2025-01-17T10:00:00Z","n":[{"d":"2025-01-18"},null],"x":null}`+"\n"+`{"at":"2025-01-19T10:00:00.5Z","n":[]}`+"\n")
	s.want(0, "convert", "-o", out, "--schema", "at timestamp, n array<struct<d:date>>",
		filepath.Join(s.input, "t.ndjson"))
	d := decode[inspect.Description](t, s.want(0, "inspect", out, "--json").stdout)
	if d.Rows != 2 || d.RowGroups != 1 || len(d.Columns) < 2 {
		t.Fatalf("unexpected description: %+v", d)
	}
	at := d.Columns[0]
	if at.Path != "at" || at.Nulls != 0 || at.Min != "2025-01-17T10:00:00Z" || at.Max != "2025-01-19T10:00:00.5Z" ||
		at.Codec != "SNAPPY" {
		t.Errorf("unexpected column: %+v", at)
	}
	head := s.want(0, "inspect", out, "--head", "5").stdout
	if lines := strings.Count(head, "\n"); lines != 2 || !strings.Contains(head, `"at":"2025-01-17T10:00:00Z"`) ||
		!strings.Contains(head, `"d":"2025-01-18"`) {
		t.Errorf("unexpected head:\n%s", head)
	}
	if table := s.want(0, "inspect", out).stdout; !strings.Contains(table, "2 rows") ||
		!strings.Contains(table, "TIMESTAMP") {
		t.Errorf("unexpected table:\n%s", table)
	}
	if r := s.want(cli.ExitFailed, "inspect", filepath.Join(s.input, "t.ndjson")); !strings.Contains(r.stderr,
		"t.ndjson") {
		t.Errorf("the message does not name the file: %s", r.stderr)
	}
}
