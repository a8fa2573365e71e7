package main

import (
	"cmp"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
)

// A file is one entry of an archive, package or image. Its name is relative, with slashes; a
// folder's ends with one.
type file struct {
	name    string
	mode    fs.FileMode
	content []byte
	owner   int // user and group
}

func (f file) isFolder() bool { return strings.HasSuffix(f.name, "/") }

// readTree returns the files below a folder, sorted by name, readable by all users.
func readTree(folder string) ([]file, error) {
	var files []file
	tree := os.DirFS(folder)
	err := fs.WalkDir(tree, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(tree, name)
		files = append(files, file{name: name, mode: 0o644, content: content})
		return err
	})
	return byName(files), err
}

func byName(files []file) []file {
	return slices.SortedFunc(slices.Values(files), func(a, b file) int { return cmp.Compare(a.name, b.name) })
}

// createFile writes a file with what write produces.
func createFile(name string, write func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := write(f); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}
