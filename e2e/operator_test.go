package e2e

import (
	"strings"
	"testing"
)

// An operator with the policy that Terraform makes for that purpose uses every command that works
// on a deployed pipeline.
func TestOperator(t *testing.T) {
	w := newWorld(t, settings{variables: heldOpen})
	date, late := over(), today()
	w.putFiles(t, date, 0, 10)
	w.completed(t, date)
	w.putFiles(t, date, 10, 11)
	w.put(t, fileKey(date, 11), []byte("{}\n")) // too small
	w.checkQuarantine(t, map[string]string{fileKey(date, 11): "too-small"})
	w.waitFor(t, date, map[string]int{"completed": 10, "pending": 1, "quarantined": 1})
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"status"}, date},
		{[]string{"files", date}, fileKey(date, 0)},
		{[]string{"batches", date}, "completed"},
		{[]string{"why", fileKey(date, 0)}, "completed"},
		{[]string{"why", fileKey(date, 11)}, "too-small"},
		{[]string{"schema", "show"}, "note"},
		{[]string{"verify", date}, ""},
		{[]string{"release", fileKey(date, 11)}, ""},
		{[]string{"flush", date}, ""},
	} {
		if out := w.command(t, c.args...); !strings.Contains(out, c.want) {
			t.Errorf("ndjson-parquet %s: %q is not in\n%s", strings.Join(c.args, " "), c.want, out)
		}
	}
	w.waitFor(t, date, map[string]int{"completed": 12})

	// Files that no event told of, a good one and one for quarantine; a message that failed three
	// times.
	w.silence(t)
	w.putFiles(t, late, 0, 1)
	w.put(t, fileKey(late, 1), []byte("{}\n"))
	w.command(t, "backfill")
	w.waitFor(t, late, map[string]int{"pending": 1, "quarantined": 1})
	o := w.put(t, fileKey(late, 2), ndjson(2))
	w.sendTo(t, w.dead, w.eventOf(t, fileKey(late, 2), o, "01"))
	if out := w.command(t, "redrive", "--list"); !strings.Contains(out, fileKey(late, 2)) {
		t.Errorf("the dead letters: %s", out)
	}
	w.command(t, "redrive")
	w.waitFor(t, late, map[string]int{"pending": 2, "quarantined": 1})
}
