package main

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"testing"

	"compress/gzip"

	"github.com/klauspost/compress/zstd"
)

// The committed files are exactly those that the generator writes. Compressed files are compared
// by their content: a newer compressor may find other bytes for it.
func TestCommittedFilesAreWhatTheGeneratorWrites(t *testing.T) {
	directory := filepath.Join("..", "input")
	generated := map[string]bool{}
	for _, f := range dataSet() {
		generated[f.name] = true
		stored, err := os.ReadFile(filepath.Join(directory, f.name))
		if err != nil {
			t.Errorf("%v; run: go run ./examples/generate", err)
			continue
		}
		if !bytes.Equal(decompress(t, f.name, stored), f.content) {
			t.Errorf("%s differs from what the generator writes; run: go run ./examples/generate", f.name)
		}
	}
	entries, err := os.ReadDir(directory)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !generated[e.Name()] {
			t.Errorf("%s does not come from the generator", e.Name())
		}
	}
}

func TestGeneratorIsDeterministic(t *testing.T) {
	first, second := t.TempDir(), t.TempDir()
	for _, directory := range []string{first, second} {
		if err := write(directory); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range dataSet() {
		a, err := os.ReadFile(filepath.Join(first, f.name))
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(second, f.name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a, b) {
			t.Errorf("%s differs between two runs", f.name)
		}
	}
}

func decompress(t *testing.T, name string, stored []byte) []byte {
	t.Helper()
	var r io.Reader = bytes.NewReader(stored)
	var err error
	switch filepath.Ext(name) {
	case ".gz":
		r, err = gzip.NewReader(r)
	case ".zst":
		r, err = zstd.NewReader(r)
	}
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	content, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return content
}
