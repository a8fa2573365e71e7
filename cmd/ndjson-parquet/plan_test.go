package main

import (
	"maps"
	"os"
	"strings"
	"testing"

	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/preview"
)

func TestPlanProposesSettingsThatAccept(t *testing.T) {
	for name, test := range map[string]struct {
		keys  []string
		flags []string // proposed
	}{
		"as the original": {[]string{"2025-01-17-a.ndjson", "x/2025-01-18-b.ndjson.gz"}, nil},
		"dates in folders": {[]string{"logs/2025/01/17/10/app.jsonl.gz"},
			[]string{"--date-pattern", "{yyyy}/{mm}/{dd}/"}},
		"partitions": {[]string{"dt=2025-01-17/p.ndjson", "dt=2025-01-18/p.ndjson"},
			[]string{"--date-pattern", "dt={date}/"}},
		"partitions of one part": {[]string{"year=2025/month=1/day=7/p.ndjson"},
			[]string{"--date-pattern", "*={yyyy}/*={m}/*={d}/"}},
		"dates later in the name": {[]string{"app-2025-01-17.ndjson"}, []string{"--date-pattern", "*{date}"}},
		"digits":                  {[]string{"app_20250117T1030.ndjson"}, []string{"--date-pattern", "*{yyyymmdd}"}},
		"no date":                 {[]string{"app.ndjson"}, []string{"--date-pattern", "modified"}},
		"another extension": {[]string{"2025-01-17-a.json"},
			[]string{"--input-extensions", ".ndjson,.jsonl,.json"}},
		"no extension": {[]string{"2025/01/17/10/stream-1-2025-01-17-10-00-00-9f0c"},
			[]string{"--date-pattern", "{yyyy}/{mm}/{dd}/", "--input-extensions", "*"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSite(t)
			for _, key := range test.keys {
				s.put(key, records("a", 1))
			}
			before := snapshot(t, s.input)
			code := cli.ExitDone
			if test.flags != nil {
				code = cli.ExitIncomplete
			}
			p := decode[preview.Preview](t, s.want(code, "plan", s.input, "--json").stdout)
			var flags []string
			for _, proposal := range p.Proposals {
				flags = append(flags, proposal.Flag, proposal.Value)
			}
			if strings.Join(flags, " ") != strings.Join(test.flags, " ") {
				t.Fatalf("proposed %q, want %q", flags, test.flags)
			}
			if text := s.want(code, "plan", s.input).stdout; len(flags) > 0 &&
				!strings.Contains(text, "Try "+flags[0]+" ") {
				t.Errorf("the proposal is not printed:\n%s", text)
			}
			p = decode[preview.Preview](t, s.want(cli.ExitDone,
				append([]string{"plan", s.input, "--json"}, flags...)...).stdout)
			if p.Accepted != len(test.keys) {
				t.Errorf("%d of %d files accepted with %q", p.Accepted, len(test.keys), flags)
			}
			if !maps.Equal(before, snapshot(t, s.input)) || len(snapshotIfThere(t, s.root)) > 0 {
				t.Error("the plan has written something")
			}
			if got := s.run(cli.ExitDone, flags...); int(got.Rows) != len(test.keys) {
				t.Errorf("the run made %d rows, want %d", got.Rows, len(test.keys))
			}
		})
	}
}

// snapshotIfThere is snapshot for a folder that need not exist.
func snapshotIfThere(t *testing.T, folder string) map[string]string {
	t.Helper()
	if !exists(folder) {
		return nil
	}
	return snapshot(t, folder)
}

func TestPlanShowsBatches(t *testing.T) {
	s := newSite(t)
	for _, name := range []string{"a", "b", "c"} {
		s.put("2025-01-17-"+name+".ndjson", records(name, 1))
	}
	s.put("2025-01-17-d.csv", "1")
	p := decode[preview.Preview](t, s.want(cli.ExitIncomplete, "plan", s.input, "--json", "--max-files-per-manifest",
		"2").stdout)
	if p.Batches != 2 || p.Files[1].Batch != 1 || p.Files[2].Batch != 2 || p.Files[3].Reason != "bad-extension" {
		t.Errorf("unexpected plan: %+v", p)
	}
	p = decode[preview.Preview](t, s.want(cli.ExitDone, "plan", s.input, "--json", "--limit", "2").stdout)
	if len(p.Files) != 2 || !p.Truncated {
		t.Errorf("%d files, truncated %v", len(p.Files), p.Truncated)
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
