package convert

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// ConvertReader converts the NDJSON that r delivers to one Parquet file and writes it to w. Rejected records go to rejects as
// JSON lines; it may be nil. Nothing is written to w or rejects unless the conversion succeeds. If there are no rows,
// nothing is written to w at all. Options.TargetPartBytes is of no effect.
//
// A reader that is an io.ReaderAt and io.Seeker, as an *os.File of a regular file is, is read in parallel from its current
// position. Others are first copied to memory or, beyond some megabytes, to a temporary file, as the input may have to be
// read twice; so is the output before it is written.
func ConvertReader(ctx context.Context, w io.Writer, r io.Reader, rejects io.Writer, opts Options) (*Result, error) {
	input, err := newReplayable(r)
	if err != nil {
		return nil, fmt.Errorf("reading the input: %w", err)
	}
	defer input.close()
	opts.TargetPartBytes = 0
	opts.OmitChecksums = true
	sink := &writerSink{}
	defer sink.discard()
	source := Source{URI: nameOf(r), Size: input.size, Open: func(context.Context) (io.ReadCloser, error) {
		return sectionCloser{io.NewSectionReader(input.at, input.start, input.size)}, nil
	}}
	result, err := Convert(ctx, []Source{source}, sink, opts)
	if err != nil {
		return nil, err
	}
	if err := result.Sources[0].Err; err != nil {
		return result, err
	}
	if err := sink.part.copyTo(w); err != nil {
		return nil, fmt.Errorf("writing the output: %w", err)
	}
	if rejects != nil {
		if err := sink.rejected.copyTo(rejects); err != nil {
			return nil, fmt.Errorf("writing the rejected records: %w", err)
		}
	}
	return result, nil
}

// nameOf is the name of what r reads, "-" if it has none.
func nameOf(r io.Reader) string {
	if f, ok := r.(interface{ Name() string }); ok {
		return f.Name()
	}
	return "-"
}

type sectionCloser struct{ *io.SectionReader }

func (sectionCloser) Close() error { return nil }

// A replayable is an input that can be read again.
type replayable struct {
	at          io.ReaderAt
	start, size int64
	spill       *spill
}

func newReplayable(r io.Reader) (*replayable, error) {
	if at, ok := r.(io.ReaderAt); ok {
		if seeker, ok := r.(io.Seeker); ok {
			start, err := seeker.Seek(0, io.SeekCurrent)
			if err == nil {
				var end int64
				if end, err = seeker.Seek(0, io.SeekEnd); err == nil {
					return &replayable{at: at, start: start, size: end - start}, nil
				}
			}
			// A pipe: it has the methods, but they fail.
		}
	}
	s := &spill{}
	n, err := io.Copy(s, r)
	if err != nil {
		s.discard()
		return nil, err
	}
	in := &replayable{at: bytes.NewReader(s.memory), size: n, spill: s}
	if s.file != nil {
		in.at = s.file
	}
	return in, nil
}

func (r *replayable) close() {
	if r.spill != nil {
		r.spill.discard()
	}
}

// A spill is a buffer that moves to a temporary file when it gets large.
type spill struct {
	memory []byte
	file   *os.File
}

// maxSpillMemory is what a spill keeps in memory.
const maxSpillMemory = 16 << 20

func (s *spill) Write(p []byte) (int, error) {
	if s.file == nil && len(s.memory)+len(p) <= maxSpillMemory {
		s.memory = append(s.memory, p...)
		return len(p), nil
	}
	if s.file == nil {
		f, err := os.CreateTemp("", "ndjson-parquet-*.tmp")
		if err != nil {
			return 0, err
		}
		s.file = f
		if _, err := f.Write(s.memory); err != nil {
			return 0, err
		}
		s.memory = nil
	}
	return s.file.Write(p)
}

func (s *spill) Close() error { return nil }

// copyTo writes what was spilt to w.
func (s *spill) copyTo(w io.Writer) error {
	if s.file == nil {
		if len(s.memory) == 0 {
			return nil
		}
		_, err := w.Write(s.memory)
		return err
	}
	if _, err := s.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	_, err := io.Copy(w, s.file)
	return err
}

// discard drops the contents.
func (s *spill) discard() {
	if s.file != nil {
		s.file.Close()
		os.Remove(s.file.Name())
	}
	*s = spill{}
}

// A writerSink keeps the single part and the rejected records until the conversion is over.
type writerSink struct {
	part, rejected spill
}

func (s *writerSink) Part(n int) (io.WriteCloser, error) {
	if n > 0 {
		return nil, errors.New("only one part can be written to a stream")
	}
	return &s.part, nil
}

func (s *writerSink) Rejects() (io.WriteCloser, error) { return &s.rejected, nil }

func (s *writerSink) Reset() error {
	s.discard()
	return nil
}

func (s *writerSink) discard() {
	s.part.discard()
	s.rejected.discard()
}
