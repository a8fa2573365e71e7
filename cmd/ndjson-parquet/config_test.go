package main

import (
	"path/filepath"
	"strings"
	"testing"

	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/settings"
)

func (s *site) settings(args ...string) map[string]settingJSON {
	s.t.Helper()
	all := map[string]settingJSON{}
	text := s.want(0, append([]string{"config", "--json"}, args...)...).stdout
	for _, c := range decode[struct{ Settings []settingJSON }](s.t, text).Settings {
		all[c.Name] = c
	}
	return all
}

func TestConfigSaysWhereEachSettingIsFrom(t *testing.T) {
	s := newSite(t)
	s.put("2025-01-17-a.ndjson", records("a", 2))
	s.run(0, "--compression", "zstd")
	s.env = []string{"MAX_DEPTH=77", "MAX_COLUMNS=10", "DASHBOARD_TOKEN=sixteen-letters-x",
		"AWS_ENDPOINT_URL=http://me:pass@127.0.0.1:1"}
	all := s.settings("--max-columns", "20")
	for name, want := range map[string]settingJSON{
		"max-depth":              {Value: "77", Source: fromEnvironment, From: "MAX_DEPTH"},
		"max-columns":            {Value: "20", Source: fromFlag, From: "--max-columns"},
		"max-files-per-manifest": {Value: "10", Source: fromDefault},
		"compression":            {Value: "zstd", Source: fromRecord, From: filepath.Join(s.root, "root.json")},
		"input":                  {Value: s.input, Source: fromRecord, From: filepath.Join(s.root, "root.json")},
		"root":                   {Value: s.root, Source: fromFlag, From: "--root"},
		"DASHBOARD_TOKEN":        {Value: "(set, not shown)", Source: fromEnvironment, From: "DASHBOARD_TOKEN"},
		"AWS_ENDPOINT_URL":       {Value: "http://...@127.0.0.1:1", Source: fromEnvironment, From: "AWS_ENDPOINT_URL"},
	} {
		if got := all[name]; got.Value != want.Value || got.Source != want.Source || got.From != want.From {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
	for _, c := range settings.Core {
		if got := all[cmpName(c.Flag, c.Variable)]; got.Doc != c.Doc || got.Unit != c.Unit {
			t.Errorf("%s is missing or not documented: %+v", c.Variable, got)
		}
	}
	text := s.want(0, "config").stdout + s.want(0, "config", "DASHBOARD_TOKEN").stdout
	for _, secret := range []string{"sixteen-letters-x", "pass@"} {
		if strings.Contains(text, secret) {
			t.Errorf("a secret is printed: %s", text)
		}
	}
	if one := s.want(0, "config", "MAX_DEPTH").stdout; !strings.HasPrefix(one, "77\n") ||
		!strings.Contains(one, "deepest nesting") {
		t.Errorf("config MAX_DEPTH: %s", one)
	}
	if r := s.want(cli.ExitUsage, "config", "max-dpth"); !strings.Contains(r.stderr, "max-dpth") {
		t.Errorf("an unknown setting: %s", r.stderr)
	}
}
