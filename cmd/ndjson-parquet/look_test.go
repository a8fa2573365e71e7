package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"ndjson-parquet/internal/buildinfo"
	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/pipeline"
	"ndjson-parquet/internal/report"
)

func TestWrongUsage(t *testing.T) {
	s := newSite(t)
	for _, args := range [][]string{
		{"frobnicate"}, {"run", "a", "b"}, {"run", "--wibble"}, {"run", "--settle", "soon"},
		{"run", s.input, "--input", s.input},
		{"status", "2025-02-30"}, {"flush"}, {"flush", "yesterday"}, {"retry"}, {"retry", "a", "b"}, {"release"},
		{"why"},
		{"why", "a", "b"},
		{"files", "--status", "lost"}, {"convert", "-o", "x"}, {"convert", "x"}, {"convert", "-o", "-", "--json", "x"},
		{"convert", "-o", "x", "--compression", "lzma", "y"},
		{"verify", "x"}, {"schema", "show", "-1"}, {"run", "--log-level", "loud"}, {"run", "--compression", "lzma"},
		{"run", "--overwrite-policy", "maybe"}, {"version", "x"},
		{"run", "--output", "gs://bucket"},
	} {
		r := s.call(args...)
		if r.code != cli.ExitUsage || !strings.HasPrefix(r.stderr, "Error: ") || r.stdout != "" {
			t.Errorf("%v: exit code %d, stdout %q, stderr %q", args, r.code, r.stdout, r.stderr)
		}
	}
}

func TestCouldNotDoIt(t *testing.T) {
	s := newSite(t)
	for _, args := range [][]string{
		{"status"}, {"files"}, {"batches"}, {"why", "x"}, {"verify"}, {"schema", "show"}, {"redrive", "--list"},
		{"run", filepath.Join(s.input, "missing")}, {"retry", "2025-01-17-0001-20250117-143100"}, {"release", "x"},
	} {
		r := s.call(args...)
		if r.code != cli.ExitFailed || !strings.HasPrefix(r.stderr, "Error: ") {
			t.Errorf("%v: exit code %d, stderr %q", args, r.code, r.stderr)
		}
	}
	if files := snapshot(t, filepath.Dir(s.root)); len(files) > 1 { // the alerts at most
		t.Errorf("files were written: %v", files)
	}
}

func TestEveryCommandExplainsItself(t *testing.T) {
	s := newSite(t)
	for _, command := range []string{"run", "serve", "convert", "status", "files", "batches", "why", "verify", "flush",
		"retry", "release", "redrive", "schema"} {
		out := s.want(0, command, "--help").stdout
		if !strings.Contains(out, "Examples:") || !strings.Contains(out, "ndjson-parquet "+command) {
			t.Errorf("%s --help has no example:\n%s", command, out)
		}
	}
	for _, ask := range []string{"version", "--version"} {
		if out := s.want(0, ask).stdout; !strings.HasPrefix(out, "ndjson-parquet "+buildinfo.Version()) {
			t.Errorf("%s prints %q, want version %s", ask, out, buildinfo.Version())
		}
	}
	if out := s.want(0, "completion", "bash").stdout; !strings.Contains(out, "ndjson-parquet") {
		t.Error("no completion for bash")
	}
}

func TestCompletion(t *testing.T) {
	const files, directories = ":4", ":16" // what the shell is told to do besides: nothing, and complete directories
	for _, c := range []struct {
		typed []string
		want  []string
		rest  string
	}{
		{[]string{"st"}, []string{"status"}, files},
		{[]string{"re"}, []string{"redrive", "release", "reprocess", "retry"}, files},
		{[]string{"status", "--root", "aws:"}, []string{"aws:dev", "aws:prod"}, files},
		{[]string{"schema", "show", "--root", "aws:p"}, []string{"aws:prod"}, files},
		{[]string{"why", "x", "--root=a"}, []string{"aws:dev", "aws:prod"}, files},
		{[]string{"retry", "--root", "da"}, nil, directories},
		{[]string{"backfill", "--root", ""}, nil, directories},
	} {
		out, err := exec.Command(program, append([]string{"__complete"}, c.typed...)...).Output()
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		lines := strings.Fields(regexp.MustCompile(`\t.*`).ReplaceAllString(string(out), ""))
		if n := len(lines); n > 0 && lines[n-1] == c.rest {
			got = lines[:n-1]
		} else {
			t.Errorf("%q: %s", c.typed, out)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%q is completed to %q, want %q", c.typed, got, c.want)
		}
	}
}

func TestStatus(t *testing.T) {
	s := newSite(t)
	s.put("2025-01-17-a.ndjson", records("a", 3)+junk(1))
	s.put("2025-01-18-b.ndjson", records("b", 2))
	s.put("2025-01-18-c.csv", "x")
	s.run(cli.ExitIncomplete)
	all := decode[report.Summary](t, s.want(0, "status", "--json").stdout)
	if all.Files[pipeline.Completed] != 2 || all.Files[pipeline.Quarantined] != 1 || all.Batches != 2 ||
		all.Rows != 5 || all.Rejected != 1 || len(all.Outputs) != 2 || len(all.Dates) != 2 {
		t.Errorf("unexpected status: %+v", all)
	}
	one := decode[report.Summary](t, s.want(0, "status", "2025-01-18", "--json").stdout)
	if one.Files[pipeline.Completed] != 1 || one.Rows != 2 || len(one.Outputs) != 1 {
		t.Errorf("unexpected status of a date: %+v", one)
	}
	out := s.want(0, "status").stdout
	if !strings.Contains(out, "2025-01-17") || !strings.Contains(out, "QUARANTINED") || strings.Contains(out, "\x1b") {
		t.Errorf("unexpected table:\n%s", out)
	}
}

func TestWhyTellsTheWholeStory(t *testing.T) {
	s := newSite(t)
	path := s.put("2025-01-17-a.ndjson", records("a", 3)+junk(1))
	s.put("2025-01-18-c.csv", "x")
	s.put("2025-01-19-wait.ndjson", records("w", 1))
	s.run(cli.ExitIncomplete)
	s.put("2025-01-19-waiting.ndjson", records("w", 1))
	s.run(0, "--no-flush")
	for name, wants := range map[string][]string{
		"2025-01-17-a.ndjson": {"completed", "4 = 3 rows + 1 rejected + 0 blank", "rejected/2025-01-17/", "part-",
			"batch-"},
		path: {"completed"},
		"2025-01-18-c.csv": {"quarantined", "bad-extension", "quarantine/files/2025-01-18",
			"release 2025-01-18-c.csv"},
		"2025-01-19-waiting.ndjson": {"pending", "flush 2025-01-19"},
	} {
		out := s.want(0, "why", name).stdout
		for _, want := range wants {
			if !strings.Contains(out, want) {
				t.Errorf("why %s does not say %q:\n%s", name, want, out)
			}
		}
	}
	told := decode[struct{ Versions []report.Story }](t, s.want(0, "why", "--json", path).stdout)
	if len(told.Versions) != 1 || told.Versions[0].Rows != 3 || len(told.Versions[0].Parquet) != 1 ||
		told.Versions[0].Next == "" {
		t.Errorf("unexpected story: %+v", told)
	}
	s.want(cli.ExitFailed, "why", "2025-01-17-unknown.ndjson")
}

func TestReleaseTakesAFileThatWasTooLarge(t *testing.T) {
	s := newSite(t)
	s.put("2025-01-17-a.ndjson", records("a", 50))
	s.run(cli.ExitIncomplete, "--expected-file-size-mb", "0.001")
	s.wantStatus("2025-01-17-a.ndjson", "quarantined", "too-large")
	s.want(0, "release", "2025-01-17-a.ndjson", "--input", s.input)
	s.want(cli.ExitFailed, "release", "2025-01-17-a.ndjson", "--input", s.input)
	s.run(0, "--expected-file-size-mb", "0.001")
	s.wantIDs(map[string]int{"a": 50})
	s.want(0, "verify")
}

func TestC26_DatesThatCannotBe(t *testing.T) {
	s := newSite(t)
	s.put("2026-02-30-a.ndjson", records("a", 1))
	s.put("2999-01-01-b.ndjson", records("b", 1))
	s.put("no-date.ndjson", records("c", 1))
	s.run(cli.ExitIncomplete)
	s.wantStatus("2026-02-30-a.ndjson", "quarantined", "bad-date")
	s.wantStatus("2999-01-01-b.ndjson", "quarantined", "future-date")
	s.wantStatus("no-date.ndjson", "quarantined", "no-date")
	s.want(cli.ExitFailed, "release", "2999-01-01-b.ndjson", "--input", s.input)
}

func TestVerifyFindsWhatIsWrong(t *testing.T) {
	s := newSite(t)
	s.put("2025-01-17-a.ndjson", records("a", 30)+junk(1))
	s.put("2025-01-17-c.csv", "x")
	s.run(cli.ExitIncomplete)
	s.want(0, "verify")
	output := s.outputs()[0]
	commit, _ := filepath.Glob(filepath.Join(s.root, "output", "*", "_commits", "*.json"))
	manifest, _ := filepath.Glob(filepath.Join(s.root, "manifests", "2025-01-17", "*.json"))
	rejected, _ := filepath.Glob(filepath.Join(s.root, "quarantine", "rejected", "*", "*.ndjson"))
	quarantined := filepath.Join(s.root, "quarantine", "files", "2025-01-17", "2025-01-17-c.csv")
	good := map[string][]byte{}
	for _, path := range []string{output, commit[0], manifest[0], rejected[0], quarantined} {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		good[path] = data
	}
	write := func(path string, data []byte) func() error {
		return func() error { return os.WriteFile(path, data, 0o644) }
	}
	flipped := append([]byte{}, good[output]...)
	flipped[len(flipped)/2] ^= 1
	for name, test := range map[string]struct {
		path   string
		damage func() error
		want   string
	}{
		"a flipped bit": {output, write(output, flipped), "SHA-256"},
		"a cut file":    {output, write(output, good[output][:100]), "100 bytes"},
		"no Parquet":    {output, func() error { return os.Remove(output) }, "does not exist"},
		"no commit":     {commit[0], func() error { return os.Remove(commit[0]) }, "no commit"},
		"another commit": {commit[0], write(commit[0],
			[]byte(strings.ReplaceAll(string(good[commit[0]]), `"rows": 30`, `"rows": 29`))), "rows"},
		"no manifest": {manifest[0], func() error { return os.Remove(manifest[0]) }, "manifest does not exist"},
		"no rejected records": {rejected[0], func() error { return os.Remove(rejected[0]) },
			"rejected records do not exist"},
		"no quarantined file": {quarantined, func() error { return os.Remove(quarantined) },
			"quarantined file does not exist"},
		"a stranger": {"", write(filepath.Join(filepath.Dir(output), "part-x.parquet"), good[output]),
			"no batch writes"},
		"an unknown batch": {"", write(filepath.Join(filepath.Dir(output),
			"part-0009-20250117-000000-00000.snappy.parquet"), good[output]), "not in the ledger"},
		"an uncommitted part": {"", write(strings.Replace(output, "-00000.", "-00001.", 1), good[output]),
			"does not name it"},
	} {
		if err := test.damage(); err != nil {
			t.Fatal(err)
		}
		r := decode[report.Verification](t, s.want(cli.ExitIncomplete, "verify", "--json").stdout)
		found := ""
		for _, f := range r.Findings {
			found += f.Detail + "\n"
		}
		if r.OK || !strings.Contains(found, test.want) {
			t.Errorf("%s: verify does not say %q: %s", name, test.want, found)
		}
		for path, data := range good {
			if err := os.WriteFile(path, data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		for _, path := range s.outputs() {
			if path != output {
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
			}
		}
		s.want(0, "verify")
	}
}

func TestSchemaShowsHowItGrew(t *testing.T) {
	s := newSite(t)
	s.put("2025-01-17-a.ndjson", `{"id":"a-0","user":{"name":"x"}}`+"\n")
	s.run(0)
	s.put("2025-01-18-b.ndjson", `{"id":"b-0","user":{"name":"x","age":3},"extra":1.5}`+"\n")
	s.run(0)
	out := s.want(0, "schema", "show").stdout
	if !strings.Contains(out, "Version 2 of 2") || !strings.Contains(out, "struct<name:string,age:bigint>") {
		t.Errorf("unexpected schema:\n%s", out)
	}
	diff := decode[struct{ Changes []schemaChange }](t, s.want(0, "schema", "diff", "--json").stdout)
	want := []schemaChange{{"user", "struct<name:string>", "struct<name:string,age:bigint>"}, {"extra", "", "double"}}
	if len(diff.Changes) != 2 || diff.Changes[0] != want[0] || diff.Changes[1] != want[1] {
		t.Errorf("unexpected changes: %+v", diff.Changes)
	}
	if out := s.want(0, "schema", "show", "1").stdout; strings.Contains(out, "extra") {
		t.Errorf("version 1 has what version 2 added:\n%s", out)
	}
}
