package pipeline_test

import (
	"os/exec"
	"runtime"
	"strings"
	"testing"

	"ndjson-parquet/internal/pipeline"
)

func TestAdvise(t *testing.T) {
	const id = pipeline.BatchID("2025-01-17-0001-20250117-143100")
	for _, test := range []struct {
		file   pipeline.File
		resume pipeline.Resumption
		want   string
	}{
		{pipeline.File{Status: pipeline.Pending, DatePrefix: "2025-01-17"}, pipeline.ResumedByCommand,
			"It waits for its batch to fill. `flush 2025-01-17` processes it now."},
		{pipeline.File{Status: pipeline.Processing}, pipeline.ResumedByCommand,
			"Its batch is under way. `run` continues it if it has stopped."},
		{pipeline.File{Status: pipeline.Processing}, pipeline.ResumedBySweep,
			"Its batch is under way. The next sweep continues it if it has stopped."},
		{pipeline.File{Status: pipeline.Failed, Reason: pipeline.ReasonBatchFailed, BatchID: id},
			pipeline.ResumedBySweep,
			"Remove the cause. `retry 2025-01-17-0001-20250117-143100` then processes it again."},
		{pipeline.File{Status: pipeline.Quarantined, Reason: pipeline.ReasonOverwritten,
			Key: "2025-01-17-it's.ndjson#0"}, pipeline.ResumedByCommand,
			`The first version is published. ` + "`" + `release '2025-01-17-it'\''s.ndjson#0'` +
				"` publishes this one as well."},
	} {
		if got := pipeline.Advise(test.file, test.resume).String(); got != test.want {
			t.Errorf("%s, %s:\n%s\nwant\n%s", test.file.Status, test.file.Reason, got, test.want)
		}
	}
	for _, status := range pipeline.Statuses {
		if pipeline.Advise(pipeline.File{Status: status}, pipeline.ResumedByCommand).Text == "" {
			t.Errorf("there is no advice about a file that is %s", status)
		}
	}
}

func TestShellQuote(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil && runtime.GOOS == "windows" {
		t.Skip("no bash")
	}
	for _, arg := range []string{"plain", "", "two words", "it's", `back\slash`, "$(date)", "`date`",
		"a\x1b]0;x\a.ndjson", "é", "\xff", "-n", "a\nb", "a\u202eb", "*?[x]", "~", "#x", "!"} {
		quoted := pipeline.ShellQuote(arg)
		if strings.ContainsFunc(quoted, func(r rune) bool { return r < ' ' || r == 0x7f || r == '\u202e' }) {
			t.Errorf("%q: the quoted form %q has control characters", arg, quoted)
		}
		out, err := exec.Command(bash, "-c", "printf %s "+quoted).Output()
		if arg == "-n" {
			out, err = exec.Command(bash, "-c", "printf -- %s "+quoted).Output()
		}
		if err != nil || string(out) != arg {
			t.Errorf("%q: bash reads %s as %q (%v)", arg, quoted, out, err)
		}
	}
}
