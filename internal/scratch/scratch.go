// Package scratch keeps content that is not wanted under a name, or not yet: output before it is
// published, standard input that is read twice, files that are being written.
//
// What it writes to disk disappears with the process, however that ends: on Unix such a file has no
// name, and Windows deletes it when its last handle is closed. Files and the directories made for
// them are readable by their owner alone.
package scratch

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"ndjson-parquet/internal/nameless"
	"ndjson-parquet/internal/objectstore"
)

// A Space implements objectstore.Scratch: files that are in memory while they are small, and then
// on disk.
type Space struct {
	// Dir is the directory of files on disk; it is made when it is first needed. If it is empty,
	// files are in the system's directory for temporary files.
	Dir string
	// MemoryLimit is the size in bytes up to which a file stays in memory.
	MemoryLimit int
}

var _ objectstore.Scratch = Space{}

// New implements objectstore.Scratch.
func (s Space) New() (objectstore.ScratchFile, error) { return &file{space: s}, nil }

// Clean removes files that a process left in Dir: one that was killed between creating a file and
// removing its name, or that ran where the system cannot remove it. Call it only while no other
// process uses Dir.
func (s Space) Clean() error {
	if s.Dir == "" {
		return nil
	}
	left, err := filepath.Glob(filepath.Join(s.Dir, nameless.Pattern))
	for _, name := range left {
		err = errors.Join(err, os.Remove(name))
	}
	return err
}

type file struct {
	space  Space
	memory bytes.Buffer
	disk   *os.File // nil while everything is in memory
	size   int64
}

// Write implements objectstore.ScratchFile.
func (f *file) Write(p []byte) (int, error) {
	if f.disk == nil && f.memory.Len()+len(p) > f.space.MemoryLimit {
		if err := f.spill(); err != nil {
			return 0, fmt.Errorf("scratch space: %w", err)
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

// spill moves what was written to disk.
func (f *file) spill() (err error) {
	dir := f.space.Dir
	if dir == "" {
		dir = os.TempDir()
	} else if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if f.disk, err = nameless.Create(dir); err != nil {
		return err
	}
	_, err = f.disk.Write(f.memory.Bytes())
	f.memory = bytes.Buffer{}
	return err
}

// Reader implements objectstore.ScratchFile.
func (f *file) Reader() objectstore.Body {
	if f.disk != nil {
		return io.NewSectionReader(f.disk, 0, f.size)
	}
	return bytes.NewReader(f.memory.Bytes())
}

// Size implements objectstore.ScratchFile.
func (f *file) Size() int64 { return f.size }

// Close implements objectstore.ScratchFile.
func (f *file) Close() error {
	f.memory = bytes.Buffer{}
	if f.disk == nil {
		return nil
	}
	err := nameless.Close(f.disk)
	f.disk = nil
	return err
}
