package scratch

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func names(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := []string{}
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

func wantNames(t *testing.T, dir string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(append([]string{}, want...), names(t, dir)); diff != "" {
		t.Errorf("files in %s (-want +got):\n%s", dir, diff)
	}
}

func TestFileSpillsBeyondTheMemoryLimit(t *testing.T) {
	dir := t.TempDir() + "/made/when/needed"
	space := Space{Dir: dir, MemoryLimit: 10}
	f, err := space.New()
	if err != nil {
		t.Fatal(err)
	}
	var want []byte
	for _, piece := range []string{"small", "", "12345", "beyond the limit", "and more"} {
		if _, err := f.Write([]byte(piece)); err != nil {
			t.Fatal(err)
		}
		want = append(want, piece...)
		got, err := io.ReadAll(f.Reader())
		if err != nil || !bytes.Equal(got, want) || f.Size() != int64(len(want)) {
			t.Fatalf("after %q: read %q (%v), size %d; want %q", piece, got, err, f.Size(), want)
		}
		if _, err := os.Stat(dir); (err == nil) != (len(want) > space.MemoryLimit) {
			t.Errorf("with %d bytes the directory exists: %v", len(want), err == nil)
		}
	}
	if runtime.GOOS != "windows" {
		wantNames(t, dir)
		if info, err := os.Stat(dir); err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("the directory has mode %v (%v), want 0700", info.Mode(), err)
		}
		if info, err := f.(*file).disk.Stat(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the file has mode %v (%v), want 0600", info.Mode(), err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	wantNames(t, dir)
}

func TestCleanRemovesFilesThatWereLeft(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"ndjson-parquet-scratch-123", "another"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("content"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := (Space{Dir: dir}).Clean(); err != nil {
		t.Fatal(err)
	}
	wantNames(t, dir, "another")
}

func TestDraftAppearsWhenItIsKept(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out.parquet")
	for _, content := range []string{"first", "second"} { // the second replaces the first
		d, err := NewDraft(path)
		if err != nil {
			t.Fatal(err)
		}
		before, _ := os.ReadFile(path)
		if _, err := io.WriteString(d, content); err != nil {
			t.Fatal(err)
		}
		if now, _ := os.ReadFile(path); !bytes.Equal(now, before) {
			t.Errorf("before Keep the file holds %q, want %q as before", now, before)
		}
		if err := d.Keep(); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != content {
			t.Errorf("after Keep the file holds %q (%v), want %q", got, err, content)
		}
		if err := d.Discard(); err != nil {
			t.Errorf("Discard after Keep: %v", err)
		}
		wantNames(t, dir, "out.parquet")
	}
	d, err := NewDraft(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.Discard(); err != nil {
		t.Fatal(err)
	}
	wantNames(t, dir, "out.parquet")
}

// TestKilledProcessLeavesNothing kills a process, this test program, that has spilled a file and is
// writing a draft.
func TestKilledProcessLeavesNothing(t *testing.T) {
	const variable = "SCRATCH_TEST_DIR"
	if dir := os.Getenv(variable); dir != "" {
		spillAndWait(t, dir)
	}
	dir := t.TempDir()
	cmd := exec.Command(os.Args[0], "-test.run=^TestKilledProcessLeavesNothing$")
	cmd.Env = append(os.Environ(), variable+"="+dir)
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // it was killed
	if line != "spilled\n" {
		t.Fatalf("the process said %q (%v), want that it has spilled", line, err)
	}
	if runtime.GOOS != "linux" {
		drafts, _ := filepath.Glob(filepath.Join(dir, ".draft.*.tmp"))
		for _, name := range drafts {
			_ = os.Remove(name)
		}
	}
	wantNames(t, dir)
}

func spillAndWait(t *testing.T, dir string) {
	f, err := (Space{Dir: dir}).New()
	if err == nil {
		_, err = f.Write(make([]byte, 1<<20))
	}
	if err != nil {
		t.Fatal(err)
	}
	d, err := NewDraft(filepath.Join(dir, "draft"))
	if err == nil {
		_, err = d.Write(make([]byte, 1<<20))
	}
	if err != nil {
		t.Fatal(err)
	}
	fmt.Println("spilled")
	select {} // until it is killed
}
