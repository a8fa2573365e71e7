package scratch

import (
	"bytes"
	"io"
	"os"
	"testing"
)

func TestFileSpillsAndVanishes(t *testing.T) {
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
			t.Fatalf("after %q: read %q (%v), size %d", piece, got, err, f.Size())
		}
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 {
		t.Fatalf("%d temporary files, expected 1", len(left))
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Fatalf("%d temporary files left after Close", len(left))
	}
}

func TestCleanRemovesWhatAKilledProcessLeft(t *testing.T) {
	dir := t.TempDir()
	space := Space{Dir: dir}
	f, _ := space.New()
	if _, err := f.Write([]byte("left behind")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dir+"/somebody-elses", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := space.Clean(); err != nil {
		t.Fatal(err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 1 || left[0].Name() != "somebody-elses" {
		t.Fatalf("left: %v", left)
	}
}
