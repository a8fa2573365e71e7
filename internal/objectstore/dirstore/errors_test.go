package dirstore_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"ndjson-parquet/internal/objectstore"
	"ndjson-parquet/internal/objectstore/dirstore"
)

// A directory that was removed, or replaced like one whose file system was detached, is not
// mistaken for files that were removed.
func TestMissingDirectoryIsUnavailable(t *testing.T) {
	for _, replace := range []bool{false, true} {
		root := filepath.Join(t.TempDir(), "input")
		s, err := dirstore.Create(root)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		if _, err := s.Head(t.Context(), "a"); !errors.Is(err, objectstore.ErrNotFound) {
			t.Errorf("missing file: %v", err)
		}
		if err := os.RemoveAll(root); err != nil {
			t.Fatal(err)
		}
		if replace {
			if err := os.Mkdir(root, 0o777); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := s.Head(t.Context(), "a"); !errors.Is(err, objectstore.ErrUnavailable) {
			t.Errorf("missing directory, replaced %t: %v", replace, err)
		}
	}
}

func TestUnreadableFileIsDenied(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may read every file")
	}
	root := t.TempDir()
	s, err := dirstore.Open(root)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := os.WriteFile(filepath.Join(root, "a"), []byte("x"), 0o200); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Open(t.Context(), objectstore.Object{Key: "a"}); !errors.Is(err, objectstore.ErrDenied) {
		t.Error(err)
	}
}
