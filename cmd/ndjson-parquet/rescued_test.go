package main

import (
	"testing"

	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/inspect"
)

func TestInspectGroupsWhatWasRescuedAndRejected(t *testing.T) {
	s := newSite(t)
	s.put("2025-01-17-a.ndjson", `{"n":1,"items":[{"p":1},{"p":"x"}]}`+"\n"+`{"n":2}`+"\n"+
		`{"n":3,"items":[{"p":2},{"p":3}]}`+"\n"+
		`{"n":"many"}`+"\n"+`{"n":"few"}`+"\nnonsense\n")
	s.run(cli.ExitIncomplete)
	got := decode[struct{ Groups []inspect.Group }](t,
		s.want(cli.ExitDone, "inspect", "--rescued", "--json", s.root).stdout).Groups
	if len(got) != 3 || got[0].Column != "/n" ||
		got[0].Reason != "string" || got[0].Count != 2 || len(got[0].Examples) != 2 ||
		got[1].Reason != "not-json" || got[2].Column != "/items[]/p" {
		t.Errorf("unexpected groups: %+v", got)
	}
}
