package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"ndjson-parquet/internal/cli"
)

// callCost calls the program's command cost.
func callCost(t *testing.T, args ...string) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(program, append([]string{"cost"}, args...)...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	_ = cmd.Run() // its exit code tells
	return result{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

func TestCost_DocumentedTableIsWhatItPrints(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join("..", "..", "docs", "DEPLOY.md"))
	if err != nil {
		t.Fatal(err)
	}
	shown := regexp.MustCompile("(?s)```\n\\$ ndjson-parquet cost([^\n]*)\n(.*?)```").FindSubmatch(doc)
	if shown == nil {
		t.Fatal("docs/DEPLOY.md does not show the command")
	}
	r := callCost(t, strings.Fields(string(shown[1]))...)
	if r.code != cli.ExitDone || r.stdout != string(shown[2]) {
		t.Errorf("exit code %d; docs/DEPLOY.md shows\n%sbut it prints\n%s%s", r.code, shown[2], r.stdout, r.stderr)
	}
}

func TestCost_ExamplesOfItsHelpWork(t *testing.T) {
	help := callCost(t, "--help").stdout
	examples := regexp.MustCompile(`(?m)^  ndjson-parquet cost(( --?\S+( [\w=.-]+)?)*)  +`).FindAllStringSubmatch(help,
		-1)
	if len(examples) < 5 {
		t.Fatalf("only %d examples found in\n%s", len(examples), help)
	}
	printed := map[string]bool{}
	for _, e := range examples {
		r := callCost(t, strings.Fields(e[1])...)
		if r.code != cli.ExitDone || printed[r.stdout] {
			t.Errorf("cost%s: exit code %d, %s\n%s", e[1], r.code, r.stderr, r.stdout)
		}
		printed[r.stdout] = true
	}
}

func TestCost_JSON(t *testing.T) {
	r := callCost(t, "--json", "--files-per-day", "1000", "--batch-files", "20", "--price", "glue-dpu-hour=1",
		"--price", "s3-get=0")
	c := decode[costJSON](t, r.stdout)
	if c.Batches != 1500 || c.GB != 105 || c.Prices["glue-dpu-hour"] != 1 || c.Measured == "" || len(c.Engines) != 2 {
		t.Errorf("%+v", c)
	}
	for _, e := range c.Engines {
		sum := 0.0
		for _, i := range e.Items {
			sum += i.Dollars
			if i.Price == "s3-get" && (i.Dollars != 0 || i.Quantity == 0) {
				t.Errorf("%+v", i)
			}
		}
		if d := sum - e.Dollars; d > 1e-9 || d < -1e-9 || e.PerGB != e.Dollars/105 || e.PerBatch != e.Dollars/1500 {
			t.Errorf("%s: items sum to %g: %+v", e.Engine, sum, e)
		}
	}
	if !json.Valid([]byte(r.stdout)) || r.stderr != "" {
		t.Error(r)
	}
}

func TestCost_WrongUsage(t *testing.T) {
	for _, c := range []struct{ args, hint string }{
		{"--price s3-pt=1", "s3-put"}, {"--price s3-put", "s3-put"}, {"--price s3-put=x", "s3-put=5e-06"},
		{"--assume glue=1", "glue-seconds"},
		{"--files-per-day 0", "--help"}, {"--file-mb -1", "--help"}, {"--batch-files 0", "--help"},
		{"--assume glue-mb-per-second=0", "--help"}, {"x", "--help"},
	} {
		r := callCost(t, strings.Fields(c.args)...)
		if r.code != cli.ExitUsage || !strings.HasPrefix(r.stderr, "Error: ") || !strings.Contains(r.stderr, c.hint) ||
			r.stdout != "" {
			t.Errorf("%s: exit code %d, stdout %q, stderr %q", c.args, r.code, r.stdout, r.stderr)
		}
	}
}

func TestBarsAreAsLongAsTheirParts(t *testing.T) {
	for x, want := range map[float64]string{0: "", 1: strings.Repeat("█", barWidth),
		0.5: strings.Repeat("█", barWidth/2), 1.0 / barWidth / 8: "▏", 11.0 / barWidth / 8: "█▍"} {
		if got := bar(x); got != want {
			t.Errorf("bar(%g) is %q, want %q", x, got, want)
		}
	}
}
