// Package docs holds the documents. Its tests compare them with the code: field cases with tests,
// diagrams with imports, documented defaults with those that hold, links with files, and commands
// with what they do.
package docs

import (
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// root is the repository's root, seen from this package.
const root = ".."

// sourceFiles returns the repository's files with one of the extensions, relative to its root, with
// slashes, sorted. It leaves out hidden folders (.git, .cache), test data and build output.
func sourceFiles(t *testing.T, extensions ...string) []string {
	t.Helper()
	var files []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			if path != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "build" ||
				name == "node_modules") {
				return filepath.SkipDir
			}
			return nil
		}
		if slices.Contains(extensions, filepath.Ext(name)) {
			relative, err := filepath.Rel(root, path)
			if err != nil {
				return err
			}
			files = append(files, filepath.ToSlash(relative))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatalf("no files with the extensions %v", extensions)
	}
	slices.Sort(files)
	return files
}

// read returns the content of a file of the repository.
func read(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(file)))
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(data), "\r\n", "\n")
}
