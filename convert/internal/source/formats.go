package source

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/ulikunitz/xz"
)

// A format is a form of compression.
type format struct {
	name, extension string
	magic           []byte
	open            func(d *decompressor) (io.Reader, error)
}

var formats = []format{
	{"gzip", ".gz", gzipMagic, func(d *decompressor) (io.Reader, error) {
		return &gzipMembers{d: d}, nil
	}},
	{"zstd", ".zst", zstdMagic, openZstd},
	{"zstd", ".zst", []byte{0x50, 0x2A, 0x4D, 0x18}, openZstd}, // begins with a frame to skip
	{"lz4", ".lz4", []byte{0x04, 0x22, 0x4D, 0x18}, func(d *decompressor) (io.Reader, error) {
		return lz4.NewReader(d.stored), nil
	}},
	{"bzip2", ".bz2", []byte("BZh"), func(d *decompressor) (io.Reader, error) {
		return bzip2.NewReader(d.stored),
			nil
	}},
	{"xz", ".xz", []byte("\xFD7zXZ\x00"), func(d *decompressor) (io.Reader, error) {
		return xz.ReaderConfig{DictCap: xzDictionary}.NewReader(d.stored)
	}},
	{"snappy", ".sz", []byte("\xFF\x06\x00\x00sNaPpY"), func(d *decompressor) (io.Reader, error) {
		return s2.NewReader(d.stored), nil
	}},
}

// xzDictionary is the smallest capacity of an xz dictionary. One that the file declares larger is
// allocated as declared.
const xzDictionary = 64 << 10

// headSize is the number of bytes from which a format is detected.
const headSize = 10

var compressionNames = "gzip, zstd, lz4, bzip2, xz, snappy, none"

// detectFormat returns the format that the first bytes show, or nil. If there are fewer than any
// magic number has, the name decides, so that a compressed file of one byte is not taken for text.
func detectFormat(uri string, head []byte) *format {
	for i := range formats {
		f := &formats[i]
		if bytes.HasPrefix(head, f.magic) {
			return f
		}
		if len(head) > 0 && bytes.HasPrefix(f.magic, head) && strings.HasSuffix(strings.ToLower(uri), f.extension) {
			return f
		}
	}
	return nil
}

func formatNamed(name string) *format {
	for i := range formats {
		if formats[i].name == name {
			return &formats[i]
		}
	}
	return nil
}

// A decompressor decompresses a stream. Its errors distinguish damaged data from errors of reading.
type decompressor struct {
	format *format
	raw    *countingReader // the input
	stored *offsetReader   // the compressed bytes
	window int64           // the largest zstd window
	notes  *notes
	r      io.Reader
	// reduced is the zstd window that a frame declares, if it exceeds window.
	reduced int64
}

// Read implements io.Reader.
func (d *decompressor) Read(p []byte) (int, error) {
	if d.r == nil {
		if _, err := d.stored.Peek(1); err != nil {
			return 0, d.explain(err) // io.EOF for an empty file
		}
		r, err := d.format.open(d)
		if errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return 0, d.explain(err)
		}
		d.r = r
	}
	n, err := d.r.Read(p)
	return n, d.explain(err)
}

// Close releases the memory of the decoder.
func (d *decompressor) Close() error {
	if c, ok := d.r.(io.Closer); ok {
		return c.Close()
	}
	return nil
}

func (d *decompressor) explain(err error) error {
	switch {
	case err == nil || errors.Is(err, io.EOF):
		return err
	case d.raw.failure != nil:
		return d.raw.failure
	case errors.Is(err, ErrCorrupt) || errors.Is(err, ErrUnsupported): // of the compression inside this one
		return err
	case errors.Is(err, zstd.ErrUnknownDictionary):
		return fmt.Errorf("%w: the zstd data needs a dictionary", ErrUnsupported)
	case d.reduced > 0 && !errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: the zstd data needs a window of %d MiB, %d MiB are allowed (MAX_ZSTD_WINDOW_MB)",
			ErrUnsupported, d.reduced>>20, d.window>>20)
	}
	return fmt.Errorf("%w: %s: %w", ErrCorrupt, d.format.name, err)
}

var gzipMagic = []byte{0x1F, 0x8B}

// gzipMembers reads the members of a gzip file one after the other. Zeros after a member are
// skipped. Any other bytes after one that are not a member are ignored, and noted.
type gzipMembers struct {
	d      *decompressor
	member *gzip.Reader
	ended  bool
}

// Read implements io.Reader.
func (m *gzipMembers) Read(p []byte) (int, error) {
	for !m.ended {
		if m.member == nil {
			var err error
			if m.member, err = gzip.NewReader(m.d.stored); err != nil {
				return 0, unexpected(err)
			}
			m.member.Multistream(false)
		}
		n, err := m.member.Read(p)
		if !errors.Is(err, io.EOF) {
			return n, err
		}
		more, err := m.d.moreMembers(gzipMagic)
		m.ended = !more
		if more {
			if err = m.member.Reset(m.d.stored); err == nil {
				m.member.Multistream(false)
			}
		}
		if err != nil || n > 0 {
			return n, unexpected(err)
		}
	}
	return 0, io.EOF
}

// unexpected returns err, or io.ErrUnexpectedEOF for io.EOF.
func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// moreMembers skips zeros after a member, and reports whether another one follows. It ignores other
// bytes, up to the end of the file.
func (d *decompressor) moreMembers(magics ...[]byte) (bool, error) {
	start := d.stored.offset()
	for {
		head, err := d.stored.Peek(headSize)
		for _, magic := range magics {
			if bytes.HasPrefix(head, magic) {
				return true, nil
			}
		}
		if len(head) == 0 {
			if !errors.Is(err, io.EOF) {
				return false, err
			}
			if n := d.stored.offset() - start; n > 0 {
				d.notes.add(ZeroPadding, start, fmt.Sprintf(
					"%d bytes of zeros follow the %s data, from byte %d of the file; they "+
						"were ignored", n, d.format.name, start))
			}
			return false, nil
		}
		if head[0] != 0 {
			break
		}
		n := 1
		for n < len(head) && head[n] == 0 {
			n++
		}
		if _, err := d.stored.Discard(n); err != nil {
			return false, err
		}
	}
	at := d.stored.offset()
	n, err := io.Copy(io.Discard, d.stored)
	d.notes.add(TrailingBytes, at, fmt.Sprintf(
		"%d bytes from byte %d of the file are not part of the %s data; they were ignored", n, at, d.format.name))
	return false, err
}

// An offsetReader knows its position.
type offsetReader struct {
	*bufio.Reader
	count countedReader
}

type countedReader struct {
	r io.Reader
	n int64
}

func (c *countedReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

func newOffsetReader(r io.Reader) *offsetReader {
	o := &offsetReader{count: countedReader{r: r}}
	o.Reader = bufio.NewReaderSize(&o.count, 64<<10)
	return o
}

func (o *offsetReader) offset() int64 { return o.count.n - int64(o.Buffered()) }
