// Package scratch is room for output that does not count yet: in memory while it is small, then in a temporary file.
package scratch

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"ndjson-parquet/internal/objectstore"
	"ndjson-parquet/internal/pipeline"
)

// A Space implements pipeline.Scratch.
type Space struct {
	// Dir holds the temporary files; it is made when it is first needed. Empty: the system's place for such files.
	Dir string
	// MemoryLimit is the size in bytes up to which a file stays in memory.
	MemoryLimit int
}

var _ pipeline.Scratch = Space{}

const filePattern = "ndjson-parquet-scratch-*"

// New implements pipeline.Scratch.
func (s Space) New() (pipeline.ScratchFile, error) { return &file{space: s}, nil }

// Clean removes the files that a killed process left in Dir. Call it only where no other process uses Dir.
func (s Space) Clean() error {
	if s.Dir == "" {
		return nil
	}
	left, err := filepath.Glob(filepath.Join(s.Dir, filePattern))
	for _, name := range left {
		err = errors.Join(err, os.Remove(name))
	}
	return err
}

type file struct {
	space  Space
	memory bytes.Buffer
	disk   *os.File // nil while all is in memory
	size   int64
}

// Write implements pipeline.ScratchFile.
func (f *file) Write(p []byte) (int, error) {
	if f.disk == nil && f.memory.Len()+len(p) > f.space.MemoryLimit {
		if err := f.spill(); err != nil {
			return 0, err
		}
	}
	var w io.Writer = &f.memory
	if f.disk != nil {
		w = f.disk
	}
	n, err := w.Write(p)
	f.size += int64(n)
	return n, err
}

// spill moves what was written to a temporary file.
func (f *file) spill() error {
	if f.space.Dir != "" {
		if err := os.MkdirAll(f.space.Dir, 0o755); err != nil {
			return fmt.Errorf("scratch space: %w", err)
		}
	}
	disk, err := os.CreateTemp(f.space.Dir, filePattern)
	if err != nil {
		return fmt.Errorf("scratch space: %w", err)
	}
	f.disk = disk
	if _, err := disk.Write(f.memory.Bytes()); err != nil {
		return fmt.Errorf("scratch space: %w", err)
	}
	f.memory = bytes.Buffer{}
	return nil
}

// Reader implements pipeline.ScratchFile.
func (f *file) Reader() objectstore.Body {
	if f.disk != nil {
		return io.NewSectionReader(f.disk, 0, f.size)
	}
	return bytes.NewReader(f.memory.Bytes())
}

// Size implements pipeline.ScratchFile.
func (f *file) Size() int64 { return f.size }

// Close implements pipeline.ScratchFile.
func (f *file) Close() error {
	f.memory = bytes.Buffer{}
	if f.disk == nil {
		return nil
	}
	err := errors.Join(f.disk.Close(), os.Remove(f.disk.Name()))
	f.disk = nil
	return err
}
