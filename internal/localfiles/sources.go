package localfiles

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ndjson-parquet/convert"
	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/objectstore/dirstore"
	"ndjson-parquet/internal/scratch"
)

// convertible are the names of the files that are taken from a directory.
var convertible = []string{".ndjson", ".jsonl", ".ndjson.gz", ".jsonl.gz", ".ndjson.zst", ".jsonl.zst"}

// Sources returns the files that the arguments of convert name, each once and in a fixed order.
// Call closeAll after they were read.
func Sources(args []string, stdin io.Reader) (all []convert.Source, closeAll func(), err error) {
	closeAll = func() {}
	seen := map[string]bool{}
	for _, arg := range args {
		if arg == "-" {
			if seen[arg] {
				return nil, closeAll, cli.Usage("standard input can be read only once", "- once")
			}
			seen[arg] = true
			source, closeSource, err := spool(stdin)
			if err != nil {
				return nil, closeAll, err
			}
			closeAll = closeSource
			all = append(all, source)
			continue
		}
		paths, err := expand(arg)
		if err != nil {
			return nil, closeAll, err
		}
		for _, path := range paths {
			if seen[path] {
				continue
			}
			seen[path] = true
			info, err := os.Stat(path)
			if err != nil {
				return nil, closeAll, err
			}
			all = append(all, fileSource(path, info))
		}
	}
	return all, closeAll, nil
}

// expand returns the files that an argument names: itself, those of a directory, or those that
// match a pattern.
func expand(arg string) ([]string, error) {
	info, err := os.Stat(arg)
	switch {
	case err == nil && info.IsDir():
		return filesBelow(arg)
	case err == nil:
		return []string{arg}, nil
	case !errors.Is(err, fs.ErrNotExist) || !strings.ContainsAny(arg, "*?["):
		return nil, fmt.Errorf("cannot read %s: %w", arg, errors.Unwrap(err))
	}
	matches, err := filepath.Glob(arg)
	if err != nil {
		return nil, cli.Usage(fmt.Sprintf("%q is not a valid pattern: %v", arg, err), "*.ndjson, for example")
	}
	if len(matches) == 0 {
		return nil, fmt.Errorf("no file matches %q", arg)
	}
	var all []string
	for _, m := range matches {
		paths, err := expand(m)
		if err != nil {
			return nil, err
		}
		all = append(all, paths...)
	}
	return all, nil
}

func filesBelow(folder string) ([]string, error) {
	var all []string
	err := filepath.WalkDir(folder, func(path string, e fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case path != folder && dirstore.Ignored(e.Name()):
			if e.IsDir() {
				return fs.SkipDir
			}
		case !e.IsDir() && slices.ContainsFunc(convertible,
			func(ext string) bool { return strings.HasSuffix(path, ext) }):
			all = append(all, path)
		}
		return nil
	})
	if err == nil && len(all) == 0 {
		err = fmt.Errorf("no file in %s ends in one of %s", folder, strings.Join(convertible, ", "))
	}
	return all, err
}

// fileSource reads a file, and notices if it is changed while it is read.
func fileSource(path string, info fs.FileInfo) convert.Source {
	source := convert.Source{URI: path, Size: info.Size()}
	if abs, err := filepath.Abs(path); err == nil {
		source.URI = abs
	}
	if !info.Mode().IsRegular() {
		source.Size = -1 // a pipe
	}
	source.Open = func(context.Context) (io.ReadCloser, error) {
		f, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("%w: %w", convert.ErrMissing, err)
		}
		return f, err
	}
	return source
}

// stdinMemory is the size in bytes up to which standard input is kept in memory. It is kept because
// it may have to be read twice.
const stdinMemory = 64 << 20

// spool keeps what r delivers and makes a source of it.
func spool(r io.Reader) (convert.Source, func(), error) {
	f, err := scratch.Space{MemoryLimit: stdinMemory}.New()
	if err != nil {
		return convert.Source{}, nil, err
	}
	if _, err := io.Copy(f, r); err != nil {
		return convert.Source{}, nil, errors.Join(fmt.Errorf("read standard input: %w", err), f.Close())
	}
	return convert.Source{
		URI: "-", Size: f.Size(),
		Open: func(context.Context) (io.ReadCloser, error) { return body{f.Reader()}, nil },
	}, func() { _ = f.Close() }, nil
}
