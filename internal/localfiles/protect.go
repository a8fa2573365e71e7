package localfiles

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// protect refuses output that would replace an input or other data. It is called before anything is
// written. Files are compared by what the system says they are, so that links, other spellings of a
// path, and file systems that ignore case make no difference.
func (in *Inputs) protect(o Options) error {
	if o.Out == "-" && o.Rejects == "-" || o.Out != "-" && o.Out != "" && samePlace(o.Out, o.Rejects) {
		return fmt.Errorf("-o and --rejects are the same file, %s: one would replace the other", o.Out)
	}
	for _, output := range []struct {
		flag, path, what string
		expected         []byte // what a file that may be replaced begins with
	}{
		{"-o", o.Out, "a Parquet file", []byte("PAR1")},
		{"--rejects", o.Rejects, "a file of rejected lines", []byte(`{"file":`)},
	} {
		if output.path == "" || output.path == "-" {
			continue
		}
		info, err := os.Stat(output.path)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("%s %s: %w", output.flag, output.path, errors.Unwrap(err))
		}
		if path := in.findSame(info); path != "" {
			return fmt.Errorf("%s %s is the input %s, which would be lost: write to another file", output.flag,
				output.path, path)
		}
		switch {
		case info.IsDir():
			return fmt.Errorf("%s %s is a directory: name a file in it", output.flag, output.path)
		case !info.Mode().IsRegular() || info.Size() == 0:
			continue
		}
		if head := firstBytes(output.path, len(output.expected)); !bytes.Equal(head, output.expected) {
			return fmt.Errorf("%s %s exists and is not %s: it is not replaced; remove it first or write to "+
				"another file",
				output.flag, output.path, output.what)
		}
	}
	if f, ok := o.Stdout.(*os.File); ok && o.Out == "-" {
		if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
			if path := in.findSame(info); path != "" {
				return fmt.Errorf("standard output is the input %s: write to another file", path)
			}
		}
	}
	return nil
}

// findSame returns the path of the input that is the same regular file, or nothing.
func (in *Inputs) findSame(info fs.FileInfo) string {
	for _, f := range in.files {
		if info.Mode().IsRegular() && os.SameFile(f.info, info) {
			return f.path
		}
	}
	return ""
}

// sameAsAny reports whether path is one of the files that are named by paths.
func sameAsAny(path string, paths []string) bool {
	for _, other := range paths {
		if other != "" && other != "-" && samePlace(path, other) {
			return true
		}
	}
	return false
}

// samePlace reports whether two paths name one file, also if it does not exist yet. Names in one
// folder that differ only in case count as the same, because some file systems ignore case.
func samePlace(a, b string) bool {
	if a == "" || b == "" || a == "-" || b == "-" {
		return false
	}
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	if errA == nil && errB == nil {
		return os.SameFile(infoA, infoB) && (infoA.Mode().IsRegular() || filepath.Clean(a) == filepath.Clean(b))
	}
	if !strings.EqualFold(filepath.Base(a), filepath.Base(b)) {
		return false
	}
	folderA, errA := os.Stat(filepath.Dir(a))
	folderB, errB := os.Stat(filepath.Dir(b))
	return errA == nil && errB == nil && os.SameFile(folderA, folderB)
}

// firstBytes returns the first n bytes of a file, or fewer.
func firstBytes(path string, n int) []byte {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer func() { _ = f.Close() }()
	head := make([]byte, n)
	n, _ = io.ReadFull(f, head)
	return head[:n]
}
