package convert

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// consumer is a program of another module.
const consumer = `package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"strings"

	"ndjson-parquet/convert"
	"ndjson-parquet/convert/schema"
)

func main() {
	base, err := schema.ParseDDL("at timestamp")
	if err != nil {
		panic(err)
	}
	input := strings.NewReader("{\"at\":\"2025-01-17T14:31:00Z\",\"n\":1}\n")
	var out bytes.Buffer
	result, err := convert.ConvertReader(context.Background(), &out, input, os.Stderr, convert.Options{Base: base})
	if err != nil {
		panic(err)
	}
	fmt.Println(result.Schema.DDL(), result.Rows)
}
`

// documentedCommands returns the arguments of the go commands in the package documentation, which
// has the commands for a replace directive before the one for a workspace.
func documentedCommands(t *testing.T) (replace, workspace [][]string) {
	t.Helper()
	text, err := os.ReadFile("convert.go")
	if err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		command, ok := strings.CutPrefix(line, "//\tgo ")
		if !ok {
			continue
		}
		arguments := strings.Fields(strings.ReplaceAll(command, "../ndjson-parquet", root))
		if arguments[0] == "work" {
			workspace = append(workspace, arguments)
		} else {
			replace = append(replace, arguments)
		}
	}
	if len(replace) != 2 || len(workspace) != 1 {
		t.Fatalf("the package documentation has the commands %q and %q, want two and one", replace, workspace)
	}
	return replace, workspace
}

// TestAnotherModuleImportsThePackage runs the commands of the package documentation. It needs no
// network once the module cache has the dependencies of this module.
func TestAnotherModuleImportsThePackage(t *testing.T) {
	if testing.Short() {
		t.Skip("builds two programs")
	}
	replace, workspace := documentedCommands(t)
	for name, commands := range map[string][][]string{"replace directive": replace, "workspace": workspace} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			run := func(arguments ...string) string {
				t.Helper()
				c := exec.Command("go", arguments...)
				c.Dir = dir
				// go.sum of this module has been verified
				c.Env = append(os.Environ(), "GOWORK=", "GOFLAGS=", "GOSUMDB=off")
				out, err := c.CombinedOutput()
				if err != nil {
					t.Fatalf("go %s: %v\n%s", strings.Join(arguments, " "), err, out)
				}
				return string(out)
			}
			if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(consumer), 0o600); err != nil {
				t.Fatal(err)
			}
			run("mod", "init", "example.com/consumer")
			for _, c := range commands {
				run(c...)
			}
			if got, want := run("run", "."), "at timestamp, n bigint 1\n"; got != want {
				t.Errorf("the program printed %q, want %q", got, want)
			}
		})
	}
}
