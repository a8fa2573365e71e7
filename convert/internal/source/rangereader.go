package source

import (
	"errors"
	"io"
)

// Lines returns a reader of the lines that start in [start, end) of an input that has ranges. It
// uses buf as its buffer if that is large enough. A reader of the last range returns an error at
// its end if the input is longer than expected.
func (in *Input) Lines(start, end int64, limits Limits, buf []byte, progress func(int)) *LineReader {
	r := &rangeReader{in: in, at: start, progress: progress}
	l := &LineReader{read: r.Read, limits: limits, offset: start, end: end, buf: buf}
	if start > 0 {
		l.skip = true
		l.offset--
		r.at--
	}
	if end == in.Size {
		l.checkEnd = func() error {
			_, err := (&rangeReader{in: in, at: in.Size, progress: progress}).Read(nil)
			return err
		}
	}
	return l
}

// AllLines returns a reader of all lines of an input that has ranges. Its blocks remain valid after
// the next call of Next.
func (in *Input) AllLines(limits Limits, progress func(int)) *LineReader {
	r := &rangeReader{in: in, progress: progress}
	return &LineReader{read: r.Read, limits: limits, end: -1, renew: newBlockBuffer}
}

// A rangeReader reads an input from a position to its end, and returns an error if the input is
// shorter or longer than expected.
type rangeReader struct {
	in       *Input
	at       int64
	progress func(int)
}

func (r *rangeReader) Read(p []byte) (int, error) {
	left := r.in.Size - r.at
	if left <= 0 {
		var probe [1]byte
		n, err := r.in.ranges.ReadAt(probe[:], r.in.Size)
		if n > 0 {
			return 0, checkSize(r.in.Size+1, r.in.Size)
		}
		if err == nil {
			err = io.EOF
		}
		return 0, err
	}
	n, err := r.in.ranges.ReadAt(p[:min(int64(len(p)), left)], r.at)
	r.at += int64(n)
	r.progress(n)
	if errors.Is(err, io.EOF) {
		if err = nil; n == 0 || r.at < r.in.Size {
			err = checkSize(r.at, r.in.Size)
		}
	}
	return n, err
}
