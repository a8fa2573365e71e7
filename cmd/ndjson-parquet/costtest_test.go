package main

import (
	"path/filepath"
	"strings"
	"testing"

	"ndjson-parquet/internal/cli"
)

// A cost test of one machine succeeds, says what it leaves, and removes all of it; what else is
// there stays.
func TestCostTest(t *testing.T) {
	s := newSite(t)
	s.put("2025-01-17-a.ndjson", "{\"id\":1}\nnot JSON\n")
	s.run(cli.ExitIncomplete)
	before := s.want(cli.ExitDone, "status", "--json").stdout
	input := []string{"--input", s.input}
	r := decode[costTestJSON](t, s.want(cli.ExitDone, append([]string{"cost-test", "--json"}, input...)...).stdout)
	if !r.OK || r.Files != 12 || r.Pending != 2 || r.Rows == 0 || len(r.Left) != 15 || r.Cleaned {
		t.Errorf("%+v", r)
	}
	if n, g := r.Dollars["native"], r.Dollars["glue"]; n <= 0 || g <= n || g > 1 {
		t.Errorf("$%v native, $%v with Glue", n, g)
	}
	status := s.want(cli.ExitDone, append([]string{"cost-test", "status"}, input...)...).stdout
	if !strings.Contains(status, "2 pending 10 completed") || !strings.Contains(status, string(r.Batch)) {
		t.Errorf("the status is %s", status)
	}
	// A second one has to wait for the files of the first.
	s.want(cli.ExitUsage, append([]string{"cost-test"}, input...)...)
	s.want(cli.ExitDone, append([]string{"cost-test", "status", "--clean"}, input...)...)
	if after := s.want(cli.ExitDone, "status", "--json").stdout; after != before {
		t.Errorf("the status after cleaning is %s, want %s", after, before)
	}
	left, err := filepath.Glob(filepath.Join(s.input, "*cost-test*"))
	if err != nil || len(left) > 0 {
		t.Errorf("input that is left: %v %v", left, err)
	}
	s.want(cli.ExitDone, "verify")
	r = decode[costTestJSON](t, s.want(cli.ExitDone,
		append([]string{"cost-test", "--clean", "--json"}, input...)...).stdout)
	if !r.OK || !r.Cleaned {
		t.Errorf("again, with --clean: %+v", r)
	}
}
