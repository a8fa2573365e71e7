// Package source reads the converter's inputs: it opens and decompresses them, and cuts them into
// blocks of whole lines.
package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
)

// An Input is an open source. It is read in ranges, by several workers at once, if it allows that,
// and as a stream otherwise.
type Input struct {
	closer io.Closer
	ranges io.ReaderAt // nil for a stream
	stream io.Reader   // decompressed and decoded
	Size   int64       // before decompression; -1 if unknown
	raw    *countingReader
	notes  notes
	users  atomic.Int32 // number of calls of Use without Done
}

// A File is a source before it is opened.
type File struct {
	URI         string       // its extension may determine the compression
	Size        int64        // bytes before decompression; -1 if unknown
	Compression string       // a name of compressionNames, or "" to detect it
	ZstdWindow  int64        // the largest window that is accepted; 0 means DefaultZstdWindow
	Records     *RecordsPath // nil if each line is a record
	Open        func(ctx context.Context) (io.ReadCloser, error)
}

// Open opens a source. It calls progress with the number of bytes of each read of a stream.
func Open(ctx context.Context, s File, progress func(int)) (*Input, error) {
	body, err := s.Open(ctx)
	if err != nil {
		return nil, err
	}
	in := &Input{closer: body, Size: s.Size}
	if err := in.detect(s, body, progress); err != nil {
		body.Close()
		return nil, err
	}
	return in, nil
}

// detect determines how the source is read and decompressed.
func (in *Input) detect(s File, body io.Reader, progress func(int)) error {
	at, _ := body.(io.ReaderAt)
	if s.Size < 0 {
		at = nil
	}
	in.raw = &countingReader{r: body, progress: progress}
	stored := newOffsetReader(in.raw)
	var head []byte
	if at != nil {
		head = make([]byte, headSize)
		n, err := at.ReadAt(head, 0)
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		head = head[:n]
	} else {
		var err error
		if head, err = stored.Peek(headSize); err != nil && !errors.Is(err, io.EOF) {
			return err
		}
	}
	f := detectFormat(s.URI, head)
	if s.Compression != "" {
		if f = formatNamed(s.Compression); f == nil && s.Compression != "none" {
			return fmt.Errorf("unknown compression %q (known: %s)", s.Compression, compressionNames)
		}
	}
	if f == nil && at != nil && utf16Order(head) == nil && s.Records == nil {
		in.ranges = at
		return nil
	}
	if s.ZstdWindow <= 0 {
		s.ZstdWindow = DefaultZstdWindow
	}
	in.stream = &decoder{in: in, stored: stored, format: f, records: s.Records, detectInner: s.Compression != "none",
		window: min(s.ZstdWindow, MaxZstdWindow)}
	return nil
}

// Head returns up to n bytes at the start of a source, as UTF-8 text.
func Head(ctx context.Context, s File, n int) ([]byte, error) {
	in, err := Open(ctx, s, func(int) {})
	if err != nil {
		return nil, err
	}
	defer in.Close()
	head := make([]byte, n)
	r := in.stream
	if r == nil {
		r = io.NewSectionReader(in.ranges, 0, in.Size)
	}
	if n, err = io.ReadFull(r, head); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = nil
	}
	return head[:n], err
}

// Notes returns what was unusual about a stream that has been read to its end.
func (in *Input) Notes() []Note { return in.notes.all }

// HasRanges reports whether the input can be read at any position. Other inputs are streams.
func (in *Input) HasRanges() bool { return in.ranges != nil }

// ReadAt implements io.ReaderAt for an input that has ranges.
func (in *Input) ReadAt(p []byte, off int64) (int, error) { return in.ranges.ReadAt(p, off) }

// Close closes an input that has had no user.
func (in *Input) Close() {
	in.Use()
	in.Done()
}

// Use registers a user of the input, who must call Done.
func (in *Input) Use() { in.users.Add(1) }

// Done closes the input if there is no other user.
func (in *Input) Done() {
	if in.users.Add(-1) == 0 {
		if c, ok := in.stream.(io.Closer); ok {
			c.Close()
		}
		in.closer.Close()
	}
}

// A countingReader counts bytes and keeps the error of reading.
type countingReader struct {
	r        io.Reader
	n        int64
	failure  error // other than io.EOF
	progress func(int)
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	c.progress(n)
	if err != nil && !errors.Is(err, io.EOF) {
		c.failure = err
	}
	return n, err
}

// CheckSize reads the rest of a stream and returns an error unless its size is as expected.
func (in *Input) CheckSize() error {
	if in.Size < 0 || in.ranges != nil {
		return nil // AllLines has compared it
	}
	if _, err := io.Copy(io.Discard, in.raw); err != nil {
		return err
	}
	return checkSize(in.raw.n, in.Size)
}

func checkSize(got, want int64) error {
	switch {
	case got < want:
		return fmt.Errorf("%w: it ends after %d bytes, %d were expected", ErrChanged, got, want)
	case got > want:
		return fmt.Errorf("%w: it goes on after %d bytes", ErrChanged, want)
	}
	return nil
}
