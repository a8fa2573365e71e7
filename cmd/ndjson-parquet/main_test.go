package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"ndjson-parquet/internal/report"
)

// program is the real binary, built once for all tests.
var program string

func TestMain(m *testing.M) {
	folder, err := os.MkdirTemp("", "ndjson-parquet-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	program = filepath.Join(folder, "ndjson-parquet")
	if runtime.GOOS == "windows" {
		program += ".exe"
	}
	code := 1
	if out, err := exec.Command("go", "build", "-o", program, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the program: %v\n%s", err, out)
	} else {
		code = m.Run()
	}
	_ = os.RemoveAll(folder)
	os.Exit(code)
}

// A site is a root directory of one test and an input outside of it.
type site struct {
	t           *testing.T
	root, input string
	env         []string
}

func newSite(t *testing.T) *site {
	t.Helper()
	folder := t.TempDir()
	s := &site{t: t, root: filepath.Join(folder, "data"), input: filepath.Join(folder, "in")}
	if err := os.Mkdir(s.input, 0o755); err != nil {
		t.Fatal(err)
	}
	return s
}

// A result is what a call of the program left.
type result struct {
	code           int
	stdout, stderr string
}

// command prepares a call of the program; --root is added to it.
func (s *site) command(args ...string) *exec.Cmd {
	cmd := exec.Command(program, args...)
	if !slices.Contains([]string{"version", "--version", "convert", "completion", "inspect", "generate"}, args[0]) {
		cmd.Args = append(cmd.Args, "--root", s.root)
	}
	cmd.Env = append(os.Environ(), s.env...)
	return cmd
}

func (s *site) call(args ...string) result {
	s.t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := s.command(args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		s.t.Fatalf("%v: %v", args, err)
	}
	return result{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// want calls the program and checks its exit code.
func (s *site) want(code int, args ...string) result {
	s.t.Helper()
	r := s.call(args...)
	if r.code != code {
		s.t.Fatalf("%v: exit code %d, want %d\nstdout: %s\nstderr: %s", args, r.code, code, r.stdout, r.stderr)
	}
	return r
}

// run processes the site's input; files in it count as settled at once.
func (s *site) run(code int, args ...string) report.Summary {
	s.t.Helper()
	return decode[report.Summary](s.t, s.want(code,
		append([]string{"run", s.input, "--settle", "0s", "--json"}, args...)...).stdout)
}

func decode[T any](t *testing.T, text string) T {
	t.Helper()
	var v T
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("not one JSON object: %v\n%s", err, text)
	}
	return v
}

// ledgerFiles are the rows of all files, by key.
func (s *site) ledgerFiles() map[string]report.File {
	s.t.Helper()
	rows := map[string]report.File{}
	for _, f := range decode[struct{ Files []report.File }](s.t, s.want(0, "files", "--json").stdout).Files {
		rows[f.Key] = f
	}
	return rows
}

func (s *site) ledgerBatches() []report.Batch {
	s.t.Helper()
	return decode[struct{ Batches []report.Batch }](s.t, s.want(0, "batches", "--json").stdout).Batches
}

// wantStatus checks a file's status and reason.
func (s *site) wantStatus(key, status, reason string) report.File {
	s.t.Helper()
	f, ok := s.ledgerFiles()[key]
	if !ok || string(f.Status) != status || f.Reason != reason {
		s.t.Fatalf("%s is %q (%q, %q), want %q (%q)", key, f.Status, f.Reason, f.Detail, status, reason)
	}
	return f
}

// put writes a file into the input, whole at once.
func (s *site) put(name, content string) string {
	s.t.Helper()
	return s.putIn(s.input, name, content)
}

func (s *site) putIn(folder, name, content string) string {
	s.t.Helper()
	path := filepath.Join(folder, filepath.FromSlash(name))
	temp := filepath.Join(filepath.Dir(path), ".new-"+filepath.Base(path))
	err := os.MkdirAll(filepath.Dir(path), 0o755)
	if err == nil {
		err = os.WriteFile(temp, []byte(content), 0o644)
	}
	if err == nil {
		err = os.Rename(temp, path)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return path
}

// records are n NDJSON lines whose ids begin with prefix.
func records(prefix string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"id":"%s-%d","n":%d,"user":{"name":"u%d"},"tags":["a","b"]}`+"\n", prefix, i, i, i%7)
	}
	return b.String()
}

// ids returns the column "id" of all published Parquet, sorted.
func (s *site) ids() []string {
	s.t.Helper()
	var all []string
	for _, path := range s.outputs() {
		all = append(all, column(s.t, path, "id")...)
	}
	slices.Sort(all)
	return all
}

// wantIDs checks that the output holds each record of the files once: by prefix, the number of
// records.
func (s *site) wantIDs(files map[string]int) {
	s.t.Helper()
	var want []string
	for prefix, n := range files {
		for i := range n {
			want = append(want, fmt.Sprintf("%s-%d", prefix, i))
		}
	}
	slices.Sort(want)
	if got := s.ids(); !slices.Equal(got, want) {
		s.t.Fatalf("the output has %d records, want %d; first difference: %s", len(got), len(want),
			difference(got, want))
	}
}

func difference(got, want []string) string {
	for i := range max(len(got), len(want)) {
		g, w := "nothing", "nothing"
		if i < len(got) {
			g = got[i]
		}
		if i < len(want) {
			w = want[i]
		}
		if g != w {
			return fmt.Sprintf("got %s, want %s", g, w)
		}
	}
	return "none"
}

// outputs are the Parquet files in sight.
func (s *site) outputs() []string {
	s.t.Helper()
	paths, err := filepath.Glob(filepath.Join(s.root, "output", "merged-parquet-*", "*.parquet"))
	if err != nil {
		s.t.Fatal(err)
	}
	return paths
}

// column reads a top-level column of a Parquet file as text.
func column(t *testing.T, path, name string) []string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	leaf, ok := f.Schema().Lookup(name)
	if !ok {
		t.Fatalf("%s has no column %s", path, name)
	}
	var all []string
	for _, group := range f.RowGroups() {
		pages := group.ColumnChunks()[leaf.ColumnIndex].Pages()
		for {
			page, err := pages.ReadPage()
			if err != nil {
				break
			}
			values := make([]parquet.Value, page.NumValues())
			n, _ := page.Values().ReadValues(values)
			for _, v := range values[:n] {
				all = append(all, v.String())
			}
		}
		if err := pages.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// snapshot maps every file below a folder to its content, but for the ledger and what shows
// presence.
func snapshot(t *testing.T, folder string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.HasPrefix(e.Name(), "tracking.db") || e.Name() == ".in-use" {
			return err
		}
		data, err := os.ReadFile(path)
		rel, _ := filepath.Rel(folder, path)
		files[filepath.ToSlash(rel)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// eventually waits until check returns "".
func eventually(t *testing.T, within time.Duration, check func() string) {
	t.Helper()
	wrong := ""
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if wrong = check(); wrong == "" {
			return
		}
	}
	t.Fatalf("not within %v: %s", within, wrong)
}
