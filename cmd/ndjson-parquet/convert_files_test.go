package main

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/report"
)

// link makes a symbolic or hard link in a test.
func link(t *testing.T, create func(old, name string) error, old, name string) {
	t.Helper()
	if err := create(old, name); err != nil {
		t.Skipf("no links here: %v", err)
	}
}

func TestConvertNeverReplacesAnInput(t *testing.T) {
	s := newSite(t)
	content := records("a", 2) + "bad\n"
	for _, name := range []string{"a.ndjson", "d/b.ndjson", "c[1].ndjson"} {
		s.put(name, content)
	}
	in := func(name string) string { return filepath.Join(s.input, name) }
	link(t, os.Symlink, "a.ndjson", in("link.ndjson"))
	link(t, os.Link, in("a.ndjson"), in("hard.ndjson"))
	linked := filepath.Join(filepath.Dir(s.input), "linked")
	link(t, os.Symlink, in("d"), linked)
	link(t, os.Symlink, "link.ndjson", in("link2.ndjson"))
	free := in("free.parquet")
	before := snapshot(t, s.input)
	for name, args := range map[string][]string{
		"the input":                         {"-o", in("a.ndjson"), in("a.ndjson")},
		"another spelling":                  {"-o", in("d/../a.ndjson"), in("a.ndjson")},
		"a symbolic link to the input":      {"-o", in("link.ndjson"), in("a.ndjson")},
		"a link to a link":                  {"-o", in("link2.ndjson"), in("a.ndjson")},
		"a hard link to the input":          {"-o", in("hard.ndjson"), in("a.ndjson")},
		"what a link that is read leads to": {"-o", in("a.ndjson"), in("link.ndjson")},
		"a file of the folder":              {"-o", in("d/b.ndjson"), in("d")},
		"a file of a linked folder":         {"-o", in("d/b.ndjson"), linked},
		"a file that matches":               {"-o", in("a.ndjson"), in("*.ndjson")},
		"a name with brackets":              {"-o", in("c[1].ndjson"), in("c[1].ndjson")},
		"rejects: the input":                {"-o", free, "--rejects", in("a.ndjson"), in("a.ndjson")},
		"rejects: a link":                   {"-o", free, "--rejects", in("link.ndjson"), in("a.ndjson")},
		"rejects: a file of the folder":     {"-o", free, "--rejects", in("d/b.ndjson"), in("d")},
		"output and rejects":                {"-o", free, "--rejects", in("d/../free.parquet"), in("a.ndjson")},
		"output and rejects but for case":   {"-o", free, "--rejects", in("FREE.parquet"), in("a.ndjson")},
		"output and rejects of one link":    {"-o", filepath.Join(linked, "x"), "--rejects", in("d/x"), in("a.ndjson")},
		"other data":                        {"-o", in("a.ndjson"), in("d/b.ndjson")},
		"rejects: other data":               {"-o", free, "--rejects", in("d/b.ndjson"), in("a.ndjson")},
		"a folder":                          {"-o", in("d"), in("a.ndjson")},
	} {
		s.want(cli.ExitFailed, append([]string{"convert"}, args...)...)
		if after := snapshot(t, s.input); !maps.Equal(before, after) {
			t.Fatalf("%s: files have changed", name)
		}
	}
}

func TestConvertNeverReplacesARedirectedInput(t *testing.T) {
	s := newSite(t)
	s.put("a.ndjson", records("a", 2))
	path := filepath.Join(s.input, "a.ndjson")
	before := snapshot(t, s.input)
	for name, args := range map[string][]string{
		"standard input": {"-o", path, "-"}, "standard output": {"-o", "-", path},
	} {
		f, err := os.OpenFile(path, os.O_RDWR|os.O_APPEND, 0)
		if err != nil {
			t.Fatal(err)
		}
		cmd := s.command(append([]string{"convert"}, args...)...)
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		if name == "standard input" {
			cmd.Stdin = f
		} else {
			cmd.Stdout = f
		}
		err = cmd.Run()
		_ = f.Close()
		if err == nil || !strings.Contains(stderr.String(), name) || !maps.Equal(before, snapshot(t, s.input)) {
			t.Errorf("%s: %v, %s", name, err, stderr.String())
		}
	}
}

func TestConvertReplacesItsOwnOutput(t *testing.T) {
	s := newSite(t)
	s.put("a.ndjson", records("a", 2)+"bad\n")
	folder := filepath.Dir(s.input)
	out, rejects := filepath.Join(folder, "real.parquet"), filepath.Join(folder, "rejects.ndjson")
	link(t, os.Symlink, "real.parquet", filepath.Join(folder, "out.parquet"))
	for range 2 {
		s.want(cli.ExitIncomplete, "convert", "-o", filepath.Join(folder, "out.parquet"), "--rejects", rejects, s.input)
	}
	if info, err := os.Lstat(filepath.Join(folder, "out.parquet")); err == nil && info.Mode().IsRegular() {
		t.Error("the link was replaced by a file")
	}
	if rows := len(column(t, out, "id")); rows != 2 {
		t.Errorf("%d rows behind the link, want 2", rows)
	}
}

func TestConvertNamesWhatAFolderHoldsBesides(t *testing.T) {
	s := newSite(t)
	for _, name := range []string{"a.ndjson", "b.JSONL", "c.Json", "sub/d.NDJSON"} {
		s.put(name, records(name, 1))
	}
	for _, name := range []string{".DS_Store", "._a.ndjson", "_SUCCESS", ".git/x.ndjson", "y.ndjson.tmp"} {
		s.put(name, "\x00\x05\x16\x07")
	}
	out := filepath.Join(filepath.Dir(s.input), "out.parquet")
	r := s.want(0, "convert", "-o", out, "--json", s.input)
	if got := decode[report.Summary](t, r.stdout); got.Rows != 4 || got.Rejected != 0 || got.Ignored != 5 {
		t.Errorf("rows %d, rejected %d, ignored %d; want 4, 0 and 5", got.Rows, got.Rejected, got.Ignored)
	}
	if !strings.Contains(r.stderr, "Ignored 5 files") {
		t.Errorf("the ignored files are not counted: %s", r.stderr)
	}
	s.put("notes.txt", "text\n{}")
	link(t, os.Symlink, "nothing", filepath.Join(s.input, "dangling.ndjson"))
	link(t, os.Symlink, "sub", filepath.Join(s.input, "linked"))
	r = s.want(cli.ExitIncomplete, "convert", "-o", out, "--json", s.input)
	if got := decode[report.Summary](t, r.stdout); got.Rows != 4 || len(got.LeftOut) != 3 {
		t.Errorf("%d rows, left out %v", got.Rows, got.LeftOut)
	}
	for _, name := range []string{"notes.txt", "dangling.ndjson", "linked"} {
		if !strings.Contains(r.stderr, filepath.Join(s.input, name)) {
			t.Errorf("%s is not named: %s", name, r.stderr)
		}
	}
	s.want(cli.ExitIncomplete, "convert", "-o", out, filepath.Join(s.input, "*.ndjson")) // dangling.ndjson matches
	got := decode[report.Summary](t, s.want(cli.ExitIncomplete,
		"convert", "-o", out, "--json", "--input-extensions", "txt", s.input).stdout)
	if got.Rejected != 1 {
		t.Errorf("--input-extensions txt: %d rejected lines, want that of notes.txt", got.Rejected)
	}
	s.want(cli.ExitUsage, "convert", "-o", out, "--input-extensions", ".gz", s.input)
	for i := range 20 {
		s.put("many/"+strings.Repeat("x", i+1)+".csv", "1,2")
	}
	r = s.want(cli.ExitFailed, "convert", "-o", out, filepath.Join(s.input, "many"))
	if !strings.Contains(r.stderr, "Left out 10 files more") {
		t.Errorf("the files that are not named are not counted: %s", r.stderr)
	}
}
