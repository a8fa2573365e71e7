// Package localfiles reads and writes the files of the convert command.
package localfiles

import (
	"errors"
	"io"
	"os"
	"path/filepath"

	"ndjson-parquet/internal/objectstore"
	"ndjson-parquet/internal/scratch"
)

// A Sink implements convert.Sink. It writes drafts, and puts them in place at the end.
type Sink struct {
	out, rejects string // "-" and "" for standard output and for nowhere

	part   *draft
	reject *draft
}

// NewSink returns a sink that writes Parquet to out and rejected lines to rejects.
func NewSink(out, rejects string) *Sink { return &Sink{out: out, rejects: rejects} }

// Part implements convert.Sink.
func (s *Sink) Part(n int) (io.WriteCloser, error) {
	if n > 0 {
		return nil, errors.New("the conversion has more than one Parquet file")
	}
	var err error
	if s.part, err = newDraft(s.out); err != nil {
		return nil, err
	}
	return s.part, nil
}

// Rejects implements convert.Sink.
func (s *Sink) Rejects() (io.WriteCloser, error) {
	if s.rejects == "" {
		return nowhere{io.Discard}, nil
	}
	var err error
	if s.reject, err = newDraft(s.rejects); err != nil {
		return nil, err
	}
	return s.reject, nil
}

// Reset implements convert.Sink.
func (s *Sink) Reset() error { return s.Discard() }

// Discard removes what was not kept.
func (s *Sink) Discard() error {
	err := errors.Join(s.part.discard(), s.reject.discard())
	s.part, s.reject = nil, nil
	return err
}

// Keep puts all output in place.
func (s *Sink) Keep(stdout io.Writer) error {
	return errors.Join(s.reject.keep(stdout), s.part.keep(stdout))
}

// A draft is output that is not where it was asked for yet: a file, or content for a stream, which
// nothing can take back.
type draft struct {
	file   *scratch.Draft
	spool  objectstore.ScratchFile
	device string // the pipe or device that spool is for; empty: standard output
}

// streamMemory is the size in bytes up to which content for a stream waits in memory.
const streamMemory = 64 << 20

func newDraft(path string) (*draft, error) {
	var d draft
	var err error
	if isDevice(path) {
		d.device = path
	}
	if path == "-" || d.device != "" {
		d.spool, err = scratch.Space{MemoryLimit: streamMemory}.New()
	} else {
		d.file, err = scratch.NewDraft(followed(path))
	}
	if err != nil {
		return nil, err
	}
	return &d, nil
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

// keep puts the draft where it was asked for. It does nothing on nil.
func (d *draft) keep(stdout io.Writer) error {
	if d == nil {
		return nil
	}
	switch {
	case d.spool != nil && d.device != "":
		return d.keepDevice()
	case d.spool != nil:
		_, err := io.Copy(stdout, d.spool.Reader())
		return err
	}
	return d.file.Keep()
}

// keepDevice writes the draft to its pipe or device.
func (d *draft) keepDevice() error {
	f, err := os.OpenFile(d.device, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, d.spool.Reader())
	return errors.Join(err, f.Close())
}

// isDevice reports whether a path is that of a pipe, a terminal or another device, such as
// /dev/null or what the shell passes for >(gzip). A device is written to, never replaced.
func isDevice(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.Mode().IsRegular() && !info.IsDir()
}

// followed returns the file that a symbolic link leads to, so that the file is written or replaced
// and the link stays. Other paths are returned as they are.
func followed(path string) string {
	if target, err := filepath.EvalSymlinks(path); err == nil {
		return target
	}
	target, err := os.Readlink(path) // to a file that does not exist yet
	if err != nil {
		return path
	}
	if !filepath.IsAbs(target) {
		target = filepath.Join(filepath.Dir(path), target)
	}
	return target
}

// discard removes a draft that was not kept. It does nothing on nil.
func (d *draft) discard() error {
	switch {
	case d == nil:
		return nil
	case d.spool != nil:
		return d.spool.Close()
	}
	return d.file.Discard()
}

// body and nowhere give scratch files and io.Discard the methods they lack.
type body struct{ objectstore.Body }

func (body) Close() error { return nil }

type nowhere struct{ io.Writer }

func (nowhere) Close() error { return nil }
