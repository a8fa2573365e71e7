package docs

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// program builds the command once, in a folder that TestMain removes.
var program = sync.OnceValues(func() (string, error) {
	folder, err := os.MkdirTemp("", "ndjson-parquet-docs-")
	if err != nil {
		return "", err
	}
	built = folder
	name := filepath.Join(folder, "ndjson-parquet")
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	build := exec.Command("go", "build", "-o", name, "./cmd/ndjson-parquet")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return name, nil
})

var built string // the folder of the program, if it was built

func TestMain(m *testing.M) {
	code := m.Run()
	if built != "" {
		if err := os.RemoveAll(built); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
	os.Exit(code)
}

// codeBlocks returns the lines of a document's code blocks.
func codeBlocks(text string) []string {
	all, outside := strings.Split(text, "\n"), withoutCode(text)
	var code []string
	for i, line := range all {
		if outside[i] == "" && line != "" && !strings.HasPrefix(strings.TrimSpace(line), "```") {
			code = append(code, line)
		}
	}
	return code
}

// TestReadmeCommands runs the commands of the README, in their order, in a folder with a copy of the examples.
func TestReadmeCommands(t *testing.T) {
	program, err := program()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.CopyFS(filepath.Join(folder, "examples"), os.DirFS(filepath.Join(root, "examples"))); err != nil {
		t.Fatal(err)
	}
	exitCodes := map[string]int{"run": 3} // "exits with status 3: done, but not everything was accepted"
	ran := 0
	for _, line := range codeBlocks(read(t, "README.md")) {
		arguments, ok := strings.CutPrefix(line, "go run ./cmd/ndjson-parquet ")
		if !ok {
			continue
		}
		ran++
		args := strings.Fields(arguments)
		cmd := exec.Command(program, args...)
		cmd.Dir = folder
		out, err := cmd.CombinedOutput()
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			t.Fatal(err)
		}
		if got := cmd.ProcessState.ExitCode(); got != exitCodes[args[0]] {
			t.Errorf("%s\nexits with %d, want %d:\n%s", line, got, exitCodes[args[0]], out)
		}
	}
	if ran < 3 {
		t.Errorf("README.md has %d commands that can be run, want at least 3", ran)
	}
	for _, pattern := range []string{"data/output/merged-parquet-2025-01-17/*.parquet", "web.parquet"} {
		if made, err := filepath.Glob(filepath.Join(folder, pattern)); err != nil || len(made) == 0 {
			t.Errorf("the commands of README.md made no %s (%v)", pattern, err)
		}
	}
}

// TestReadmeLibrary builds the README's program in a module of its own, as the README says, and runs it.
func TestReadmeLibrary(t *testing.T) {
	_, section, _ := strings.Cut(read(t, "README.md"), "\n## Use it from Go\n")
	_, source, found := strings.Cut(section, "```go\n")
	source, _, closed := strings.Cut(source, "```")
	if !found || !closed {
		t.Fatal("README.md has no Go program")
	}
	edit := regexp.MustCompile(`(?m)^go (mod edit .*)-replace=ndjson-parquet=\S+$`).FindStringSubmatch(section)
	if edit == nil {
		t.Fatal("README.md does not say how to refer to the module")
	}
	checkout, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "main.go"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	// The checksums stand in for "go mod tidy", which may need the network.
	if err := os.WriteFile(filepath.Join(folder, "go.sum"), []byte(read(t, "go.sum")), 0o600); err != nil {
		t.Fatal(err)
	}
	program := filepath.Join(folder, "events.exe") // an extension that Windows needs, and others accept
	for _, args := range [][]string{
		{"mod", "init", "example.com/events"},
		append(strings.Fields(edit[1]), "-replace=ndjson-parquet="+checkout),
		{"build", "-mod=mod", "-o", program, "."},
	} {
		cmd := exec.Command("go", args...)
		cmd.Dir = folder
		cmd.Env = append(os.Environ(), "GOPROXY=off", "GOFLAGS=", "GOWORK=off")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	cmd := exec.Command(program)
	cmd.Stdin = strings.NewReader("{\"id\": 1}\n")
	out, err := cmd.Output()
	if err != nil || !strings.HasSuffix(string(out), "PAR1") {
		t.Errorf("the program wrote %d bytes that are not Parquet (%v)", len(out), err)
	}
}

// TestDocumentedCommandsExist checks every command and flag that a document shows.
func TestDocumentedCommandsExist(t *testing.T) {
	program, err := program()
	if err != nil {
		t.Fatal(err)
	}
	help := map[string]string{}
	helpOf := func(words ...string) string {
		key := strings.Join(words, " ")
		if _, ok := help[key]; !ok {
			out, err := exec.Command(program, append(words, "--help")...).CombinedOutput()
			if err != nil || !strings.Contains(string(out), "ndjson-parquet "+key) {
				out = nil
			}
			help[key] = string(out)
		}
		return help[key]
	}
	usage := regexp.MustCompile(`(?:^|\$ |go run \./cmd/)ndjson-parquet ([a-z]+)( [a-z]+)?([^#;|]*)`)
	flag := regexp.MustCompile(` (--[a-z][a-z-]*)`)
	inline := regexp.MustCompile("`([^`]+)`")
	found := 0
	for _, file := range sourceFiles(t, ".md") {
		text := read(t, file)
		shown := codeBlocks(text)
		for _, line := range withoutCode(text) {
			for _, m := range inline.FindAllStringSubmatch(line, -1) {
				shown = append(shown, m[1])
			}
		}
		for _, line := range shown {
			m := usage.FindStringSubmatch(line)
			if m == nil {
				continue
			}
			found++
			command := helpOf(m[1])
			if sub := strings.TrimSpace(m[2]); sub != "" && strings.Contains(command, "[command]") {
				command = helpOf(m[1], sub)
			}
			if command == "" {
				t.Errorf("%s shows %q, but there is no such command", file, line)
				continue
			}
			for _, f := range flag.FindAllStringSubmatch(m[0], -1) {
				if !regexp.MustCompile(f[1] + `\b`).MatchString(command) {
					t.Errorf("%s shows %q, but the command has no flag %s", file, line, f[1])
				}
			}
		}
	}
	if found == 0 {
		t.Error("no document shows a command")
	}
}
