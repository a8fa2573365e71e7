package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"ndjson-parquet/internal/objectstore"
	"ndjson-parquet/internal/pipeline"
	"ndjson-parquet/internal/scratch"
)

// A fileSink implements convert.Sink: it writes beside the files that were asked for, and puts all in place at the end.
type fileSink struct {
	out, rejects string // "-" and "" for standard output and for nowhere

	part   *draft
	reject *draft
}

func newFileSink(out, rejects string) *fileSink { return &fileSink{out: out, rejects: rejects} }

// Part implements convert.Sink.
func (s *fileSink) Part(n int) (io.WriteCloser, error) {
	if n > 0 {
		return nil, errors.New("one Parquet file was asked for, but the conversion gives more")
	}
	var err error
	s.part, err = newDraft(s.out)
	return s.part, err
}

// Rejects implements convert.Sink.
func (s *fileSink) Rejects() (io.WriteCloser, error) {
	if s.rejects == "" {
		return nowhere{io.Discard}, nil
	}
	var err error
	s.reject, err = newDraft(s.rejects)
	return s.reject, err
}

// Reset implements convert.Sink.
func (s *fileSink) Reset() error { return s.discard() }

// discard removes what was not kept.
func (s *fileSink) discard() error {
	err := errors.Join(s.part.discard(), s.reject.discard())
	s.part, s.reject = nil, nil
	return err
}

// keep puts everything in place.
func (s *fileSink) keep(stdout io.Writer) error {
	err := errors.Join(s.reject.keep(stdout), s.part.keep(stdout))
	return err
}

// A draft is a file that is not in its place yet. Standard output's is kept in scratch space, as it cannot be taken back.
type draft struct {
	path  string
	file  *os.File
	spool pipeline.ScratchFile
}

// stdoutMemory is the size in bytes up to which what goes to standard output waits in memory.
const stdoutMemory = 64 << 20

func newDraft(path string) (*draft, error) {
	if path == "-" {
		spool, err := scratch.Space{MemoryLimit: stdoutMemory}.New()
		return &draft{path: path, spool: spool}, err
	}
	folder, name := filepath.Split(path)
	f, err := os.CreateTemp(filepath.Clean(folder), "."+name+".*.tmp")
	if err != nil {
		return nil, fmt.Errorf("write %s: %w", path, err)
	}
	return &draft{path: path, file: f}, nil
}

// Write implements io.Writer.
func (d *draft) Write(p []byte) (int, error) {
	if d.spool != nil {
		return d.spool.Write(p)
	}
	return d.file.Write(p)
}

// Close implements io.Closer. The draft stays open until it is kept or discarded.
func (d *draft) Close() error { return nil }

// keep makes the draft the file it was meant to be. It does nothing on nil.
func (d *draft) keep(stdout io.Writer) error {
	if d == nil {
		return nil
	}
	if d.spool != nil {
		_, err := io.Copy(stdout, d.spool.Reader())
		return err
	}
	// It is not synced: the command promises that nobody sees part of a file, not that a power cut leaves it there.
	if err := errors.Join(d.file.Chmod(0o644), d.file.Close()); err != nil {
		return fmt.Errorf("write %s: %w", d.path, err)
	}
	if err := os.Rename(d.file.Name(), d.path); err != nil {
		return fmt.Errorf("write %s: %w", d.path, err)
	}
	d.file = nil
	return nil
}

// discard removes a draft that was not kept. It does nothing on nil.
func (d *draft) discard() error {
	switch {
	case d == nil:
		return nil
	case d.spool != nil:
		return d.spool.Close()
	case d.file == nil:
		return nil
	}
	_ = d.file.Close()
	return os.Remove(d.file.Name())
}

// writer, body and nowhere give scratch files and io.Discard the methods they lack.
type writer struct{ pipeline.ScratchFile }

type body struct{ objectstore.Body }

func (body) Close() error { return nil }

type nowhere struct{ io.Writer }

func (nowhere) Close() error { return nil }
