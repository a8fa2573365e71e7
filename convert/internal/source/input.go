// Package source reads the converter's inputs: it opens and decompresses them, and cuts them into
// blocks of whole lines.
package source

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// An Input is an open source. It is read in ranges, by several workers at once, if it allows that,
// and as a stream otherwise.
type Input struct {
	closer io.Closer
	ranges io.ReaderAt // nil for a stream
	stream io.Reader   // decompressed
	Size   int64       // before decompression; -1 if unknown
	raw    *countingReader
	users  atomic.Int32 // number of calls of Use without Done
}

// A File is a source before it is opened.
type File struct {
	URI         string // its extension may determine the compression
	Size        int64  // bytes before decompression; -1 if unknown
	Compression string // "gzip", "zstd", "none", or "" to detect it
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
	compression := s.Compression
	in.raw = &countingReader{r: body, progress: progress}
	var stored io.Reader = in.raw
	if compression == "" {
		var head []byte
		if at != nil {
			head = make([]byte, len(zstdMagic))
			n, err := at.ReadAt(head, 0)
			if err != nil && !errors.Is(err, io.EOF) {
				return err
			}
			head = head[:n]
		} else {
			buffered := bufio.NewReaderSize(in.raw, 64<<10)
			var err error
			if head, err = buffered.Peek(len(zstdMagic)); err != nil && !errors.Is(err, io.EOF) {
				return err
			}
			stored = buffered
		}
		compression = detectCompression(s.URI, head)
	}
	switch compression {
	case "none":
		if in.ranges = at; at == nil {
			in.stream = stored
		}
		return nil
	case "gzip":
		in.stream = &inflater{open: func() (io.Reader, error) { return gzip.NewReader(stored) }, raw: in.raw}
		return nil
	case "zstd":
		in.stream = &inflater{raw: in.raw, open: func() (io.Reader, error) {
			d, err := zstd.NewReader(stored, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
				zstd.WithDecoderMaxMemory(128<<20))
			if err != nil {
				return nil, err
			}
			return d.IOReadCloser(), nil
		}}
		return nil
	}
	return fmt.Errorf("unknown compression %q (known: gzip, zstd, none)", compression)
}

var (
	gzipMagic = []byte{0x1F, 0x8B}
	zstdMagic = []byte{0x28, 0xB5, 0x2F, 0xFD}
)

// detectCompression returns the compression that the first bytes show. The name decides only if
// there are too few bytes, so that a compressed file of one byte is not taken for text.
func detectCompression(uri string, head []byte) string {
	switch {
	case bytes.HasPrefix(head, gzipMagic):
		return "gzip"
	case bytes.HasPrefix(head, zstdMagic):
		return "zstd"
	case len(head) == 0 || len(head) == len(zstdMagic):
		return "none"
	case bytes.HasPrefix(gzipMagic, head) && strings.HasSuffix(uri, ".gz"):
		return "gzip"
	case bytes.HasPrefix(zstdMagic, head) && strings.HasSuffix(uri, ".zst"):
		return "zstd"
	}
	return "none"
}

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

// An inflater decompresses a stream. Its errors distinguish damaged data from errors of reading.
type inflater struct {
	open func() (io.Reader, error)
	raw  *countingReader
	r    io.Reader
}

func (f *inflater) Read(p []byte) (int, error) {
	if f.r == nil {
		r, err := f.open()
		if err != nil {
			return 0, f.explain(err)
		}
		f.r = r
	}
	n, err := f.r.Read(p)
	return n, f.explain(err)
}

func (f *inflater) Close() error {
	if c, ok := f.r.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

func (f *inflater) explain(err error) error {
	switch {
	case err == nil || errors.Is(err, io.EOF):
		return err
	case f.raw.failure != nil:
		return f.raw.failure
	}
	return fmt.Errorf("%w: %w", ErrCorrupt, err)
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
