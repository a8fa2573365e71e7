package cli

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"ndjson-parquet/internal/pipeline"
)

// hostile is a file name that would set the title of a terminal.
const hostile = "a\x1b]0;x\a.ndjson"

// capture returns a terminal, and a function that returns what was printed to it.
func capture(t *testing.T) (*Terminal, func() string) {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	terminal := &Terminal{Stdin: strings.NewReader(""), Stdout: f, Stderr: f, Getenv: func(string) string { return "" }}
	return terminal, func() string {
		content, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
}

func TestNothingPrintedControlsTheTerminal(t *testing.T) {
	terminal, printed := capture(t)
	terminal.Say("%s, %v, %s, %q, %s\n", hostile, errors.New("read "+hostile+"\nError: forged"),
		pipeline.BatchID(hostile), hostile, pipeline.Status("\u009b2J"))
	terminal.Note("%s\n", hostile+"\u202e"+"\xff")
	table := terminal.NewTable("FILE", "ROWS")
	table.Row(Text(hostile), Count(1234))
	table.Print()
	if err := terminal.JSON(map[string]string{hostile: "\x7f\u009b\xff"}); err != nil {
		t.Fatal(err)
	}
	if err := terminal.JSONLine(map[string]any{"a": "\u009d"}); err != nil {
		t.Fatal(err)
	}
	out := printed()
	for _, r := range out {
		if r != '\n' && r != ' ' && (r < ' ' || r >= 0x7f && r < 0xa0 || r == '\u202e') {
			t.Fatalf("%q was printed:\n%q", r, out)
		}
	}
	for _, want := range []string{`a\x1b]0;x\a.ndjson`, `\u202e`, `\xff`, `\u009b2J`, `\u007f\u009b`, `\u009d`,
		"\n  Error: forged"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in:\n%s", want, out)
		}
	}
}

// TestTableByDisplayWidth aligns names whose characters are wide, narrow or combined.
func TestTableByDisplayWidth(t *testing.T) {
	terminal, printed := capture(t)
	table := terminal.NewTable("FILE", "ROWS")
	table.Row(Text("日本語"), Count(1))
	table.Row(Text("e\u0301te"), Count(0))
	table.Row(Text("plain-"), Count(12345))
	table.Print()
	want := "FILE      ROWS\n日本語       1\ne\u0301te          -\nplain-  12,345\n"
	if got := printed(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestSimilarNamesAreSuggested(t *testing.T) {
	root := &cobra.Command{Use: "program", Args: NoArgs, RunE: func(*cobra.Command, []string) error { return nil },
		SilenceErrors: true, SilenceUsage: true}
	root.SetFlagErrorFunc(FlagError)
	status := &cobra.Command{Use: "status", Args: NoArgs, RunE: func(*cobra.Command, []string) error { return nil }}
	var f Flags
	f.AddCore(status)
	root.AddCommand(status)
	for _, test := range []struct {
		args []string
		hint string
	}{
		{[]string{"statsu"}, "program status"},
		{[]string{"status", "--outptu", "x"}, "--output"},
		{[]string{"status", "--max-dpth", "1"}, "--max-depth"},
		{[]string{"status", "--zzz"}, "program status --help"},
		{[]string{"zzz"}, "program --help"},
	} {
		root.SetArgs(test.args)
		usage, ok := AsUsage(root.Execute())
		if !ok || usage.Hint != test.hint {
			t.Errorf("%v: %+v, want the hint %q", test.args, usage, test.hint)
		}
	}
}

// TestErrorsNameTheirSource checks that an error names the flag or the environment variable that
// has the value.
func TestErrorsNameTheirSource(t *testing.T) {
	var f Flags
	cmd := &cobra.Command{}
	f.AddCore(cmd)
	if err := cmd.ParseFlags([]string{"--max-depth", "0"}); err == nil ||
		!strings.Contains(err.Error(), `--max-depth "0": expected a whole number of at least 1`) {
		t.Errorf("a flag: %v", err)
	}
	env := map[string]string{"MAX_COLUMNS": "many", "COMPRESSION_TYPE": "lzo", "MAX_DEPTH": "7"}
	_, err := f.Config(func(name string) string { return env[name] })
	for _, want := range []string{`MAX_COLUMNS "many": expected a whole number`,
		`COMPRESSION_TYPE "lzo": expected snappy, zstd, gzip or none`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("variables: %v, want %s", err, want)
		}
	}
	if err := cmd.ParseFlags([]string{"--max-columns", "9", "--compression", "uncompressed"}); err != nil {
		t.Fatal(err)
	}
	c, err := f.Config(func(name string) string { return env[name] })
	if err != nil || c.MaxColumns != 9 || c.Compression != "none" || c.MaxDepth != 7 {
		t.Errorf("flags over variables: %+v (%v)", c, err)
	}
}
