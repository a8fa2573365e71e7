package localfiles

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"ndjson-parquet/convert"
	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/objectstore/dirstore"
	"ndjson-parquet/internal/pipeline"
	"ndjson-parquet/internal/scratch"
)

// DefaultExtensions are the extensions of the files that are taken from a directory.
var DefaultExtensions = pipeline.Extensions{".ndjson", ".jsonl", ".json"}

// Inputs are the files that the arguments of convert name. Close them after they were read.
type Inputs struct {
	Sources []convert.Source // each once and in a fixed order
	// LeftOut are the other files of the directories.
	LeftOut []LeftOut
	// Ignored counts the hidden files, markers and unfinished files of the directories.
	Ignored int

	files []inputFile // of the sources that are files
	close []func()
}

// A LeftOut is a file that is not a source.
type LeftOut struct{ Path, Reason string }

// An inputFile identifies the file of a source.
type inputFile struct {
	path string
	info fs.FileInfo
}

// Options say how arguments become inputs.
type Options struct {
	Extensions pipeline.Extensions // of the files that are taken from a directory
	Stdin      io.Reader
	// Out and Rejects are the files that will be written. They are refused if they are inputs or
	// would replace other data, and are not LeftOut.
	Out, Rejects string
	Stdout       io.Writer // refused if it is an input
}

// Open returns the files that arguments name. It reads all of standard input if that is one of
// them.
func Open(args []string, o Options) (_ *Inputs, err error) {
	in := &Inputs{}
	defer func() {
		if err != nil {
			in.Close()
		}
	}()
	seen := map[string]bool{}
	stdin := -1 // position among the sources
	for _, arg := range args {
		if arg == "-" {
			if stdin >= 0 {
				return nil, cli.Usage("standard input can be read only once", "- once")
			}
			stdin = len(in.Sources)
			in.Sources = append(in.Sources, convert.Source{})
			if f, ok := o.Stdin.(*os.File); ok {
				in.identify("standard input", f)
			}
			continue
		}
		paths, err := in.expand(arg, o)
		if err != nil {
			return nil, err
		}
		for _, path := range paths {
			abs, err := filepath.Abs(path)
			if err != nil {
				return nil, err
			}
			if seen[abs] {
				continue
			}
			seen[abs] = true
			info, err := os.Stat(path)
			if err != nil {
				return nil, fmt.Errorf("cannot read %s: %w", path, errors.Unwrap(err))
			}
			in.files = append(in.files, inputFile{path, info})
			in.Sources = append(in.Sources, fileSource(path, info))
		}
	}
	if err := in.protect(o); err != nil {
		return nil, err
	}
	if stdin >= 0 {
		source, closeSource, err := spool(o.Stdin)
		if err != nil {
			return nil, err
		}
		in.Sources[stdin] = source
		in.close = append(in.close, closeSource)
	}
	return in, nil
}

// identify records an open regular file as an input.
func (in *Inputs) identify(path string, f *os.File) {
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() {
		in.files = append(in.files, inputFile{path, info})
	}
}

// Close releases what the inputs hold.
func (in *Inputs) Close() {
	for _, c := range in.close {
		c()
	}
	in.close = nil
}

// expand returns the files that an argument names: itself, those of a directory, or those that
// match a pattern. A name that exists is never taken for a pattern.
func (in *Inputs) expand(arg string, o Options) ([]string, error) {
	info, err := os.Stat(arg)
	switch {
	case err == nil && info.IsDir():
		return in.filesBelow(arg, o)
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
		if _, err := os.Stat(m); err != nil {
			in.leaveOut(m, err)
			continue
		}
		paths, err := in.expand(m, o)
		if err != nil {
			return nil, err
		}
		all = append(all, paths...)
	}
	return all, nil
}

// leaveOut records a file that cannot be a source.
func (in *Inputs) leaveOut(path string, err error) {
	reason := err.Error()
	if cause := errors.Unwrap(err); cause != nil {
		reason = cause.Error()
	}
	if info, lstatErr := os.Lstat(path); lstatErr == nil && info.Mode()&fs.ModeSymlink != 0 {
		reason = "the link cannot be followed: " + reason
	}
	in.LeftOut = append(in.LeftOut, LeftOut{path, reason})
}

// filesBelow returns the files of a folder, at any depth, that have one of the extensions, and
// records the others.
func (in *Inputs) filesBelow(folder string, o Options) ([]string, error) {
	var all []string
	root := folder
	if info, err := os.Lstat(folder); err == nil && info.Mode()&fs.ModeSymlink != 0 {
		if root, err = filepath.EvalSymlinks(folder); err != nil { // WalkDir does not follow a link
			return nil, err
		}
	}
	written := []string{o.Out, o.Rejects}
	err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
		name := filepath.Base(path)
		switch {
		case err != nil && path == root:
			return err
		case err != nil:
			in.leaveOut(path, err)
			if e != nil && e.IsDir() {
				return fs.SkipDir
			}
		case path != root && (dirstore.Ignored(name) || pipeline.IsMarker(name)):
			in.Ignored++
			if e.IsDir() {
				return fs.SkipDir
			}
		case e.IsDir():
		default:
			if reason := unusable(path, e, o.Extensions); reason == "" {
				all = append(all, path)
			} else if !sameAsAny(path, written) {
				in.LeftOut = append(in.LeftOut, LeftOut{path, reason})
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", folder, err)
	}
	return all, nil
}

// unusable returns why a file of a folder is not read, or nothing.
func unusable(path string, e fs.DirEntry, extensions pipeline.Extensions) string {
	isLink := e.Type()&fs.ModeSymlink != 0
	info, err := os.Stat(path)
	switch {
	case err != nil && isLink:
		return "the link cannot be followed: " + errors.Unwrap(err).Error()
	case err != nil:
		return errors.Unwrap(err).Error()
	case info.IsDir():
		return "a link to a directory, which is not followed"
	case !extensions.Match(path):
		return "its name does not end in " + extensions.Describe()
	case !info.Mode().IsRegular():
		return "not a regular file"
	}
	return ""
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
