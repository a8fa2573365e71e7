package convert

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// ConvertReader converts the NDJSON that r delivers to one Parquet file, which it writes to w. It
// writes rejected records to rejects, which may be nil, as JSON lines. Nothing is written to w and
// rejects unless the conversion succeeds, and nothing is written to w if there are no rows. It
// returns the error of the conversion or of the source. Options.TargetPartBytes has no effect, and
// PartResult.SHA256 is empty.
//
// A reader that implements io.ReaderAt and io.Seeker, as an *os.File of a regular file does, is
// read in parallel from its current position. The content of any other reader is first copied to
// memory or, if it exceeds 16 MiB, to a scratch file, because it may have to be read twice. The
// output is kept in the same way until it is complete.
func ConvertReader(ctx context.Context, w io.Writer, r io.Reader, rejects io.Writer, opts Options) (*Result, error) {
	opts = opts.withDefaults()
	opts.TargetPartBytes = 0
	opts.OmitChecksums = true
	input, err := newReplayable(r, opts.Scratch)
	if err != nil {
		return nil, fmt.Errorf("reading the input: %w", err)
	}
	defer input.discard()
	sink := newBufferSink(opts.Scratch)
	defer sink.discard()
	result, err := Convert(ctx, []Source{{URI: nameOf(r), Size: input.size, Open: input.open}}, sink, opts)
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
		if err := sink.rejects.copyTo(rejects); err != nil {
			return nil, fmt.Errorf("writing the rejected records: %w", err)
		}
	}
	return result, nil
}

// nameOf returns the file name of what r reads, or "-" if it has none.
func nameOf(r io.Reader) string {
	if f, ok := r.(interface{ Name() string }); ok {
		return f.Name()
	}
	return "-"
}

// A replayable is an input that can be read several times.
type replayable struct {
	at          io.ReaderAt
	start, size int64
	copied      *scratchBuffer // nil if the input itself can be read again
}

func newReplayable(r io.Reader, create func() (ScratchFile, error)) (*replayable, error) {
	if at, ok := r.(io.ReaderAt); ok {
		if start, end, ok := remaining(r); ok {
			return &replayable{at: at, start: start, size: end - start}, nil
		}
	}
	b := &scratchBuffer{create: create}
	if _, err := io.Copy(b, r); err != nil {
		b.discard()
		return nil, err
	}
	return &replayable{at: b.readerAt(), size: b.size, copied: b}, nil
}

// remaining returns the current position and the end of a reader that can seek. A pipe has the
// method Seek, but it fails.
func remaining(r io.Reader) (start, end int64, ok bool) {
	seeker, ok := r.(io.Seeker)
	if !ok {
		return 0, 0, false
	}
	start, err := seeker.Seek(0, io.SeekCurrent)
	if err == nil {
		end, err = seeker.Seek(0, io.SeekEnd)
	}
	return start, end, err == nil
}

// open implements Source.Open.
func (r *replayable) open(context.Context) (io.ReadCloser, error) {
	return sectionCloser{io.NewSectionReader(r.at, r.start, r.size)}, nil
}

func (r *replayable) discard() {
	if r.copied != nil {
		r.copied.discard()
	}
}

// A sectionCloser is a section reader with a Close method that does nothing.
type sectionCloser struct{ *io.SectionReader }

func (sectionCloser) Close() error { return nil }

// A bufferSink keeps one part and the rejected records until the conversion has succeeded.
type bufferSink struct {
	part, rejects scratchBuffer
}

func newBufferSink(create func() (ScratchFile, error)) *bufferSink {
	return &bufferSink{part: scratchBuffer{create: create}, rejects: scratchBuffer{create: create}}
}

// Part implements Sink.
func (s *bufferSink) Part(n int) (io.WriteCloser, error) {
	if n > 0 {
		return nil, errors.New("only one part can be written to a stream")
	}
	return &s.part, nil
}

// Rejects implements Sink.
func (s *bufferSink) Rejects() (io.WriteCloser, error) { return &s.rejects, nil }

// Reset implements Sink.
func (s *bufferSink) Reset() error {
	s.discard()
	return nil
}

func (s *bufferSink) discard() {
	s.part.discard()
	s.rejects.discard()
}
