package parquetfile

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
)

// A Codec compresses pages. The numbers are the format's own.
type Codec int32

// The codecs.
const (
	Uncompressed Codec = 0
	Snappy       Codec = 1
	Gzip         Codec = 2
	Zstd         Codec = 6
)

// A compressor compresses the pages of one column chunk.
type compressor struct {
	codec  Codec
	buf    []byte // the last result, overwritten by the next
	stored int    // pages that are still to be stored uncompressed, see snappy
}

// reset makes the compressor ready for another chunk.
func (c *compressor) reset(codec Codec) { c.codec, c.stored = codec, 0 }

// compress returns src compressed, valid until the next call, or src itself if the codec is Uncompressed.
func (c *compressor) compress(src []byte) []byte {
	switch c.codec {
	case Uncompressed:
		return src
	case Snappy:
		return c.snappy(src)
	case Gzip:
		out := bytes.NewBuffer(c.buf[:0])
		w := gzipWriters.Get().(*gzip.Writer)
		w.Reset(out)
		// Writes to a bytes.Buffer cannot fail.
		_, _ = w.Write(src)
		_ = w.Close()
		gzipWriters.Put(w)
		c.buf = out.Bytes()
	case Zstd:
		c.buf = zstdEncoder().EncodeAll(src, c.buf[:0])
	default:
		panic(fmt.Sprintf("parquet: codec %d cannot be written", c.codec))
	}
	return c.buf
}

// snappy compresses src in snappy's block format with S2's encoder, which is several times as fast as the reference's. After
// a large page that hardly shrank (random identifiers, say) some pages are stored as they are, which saves time here and
// in readers.
func (c *compressor) snappy(src []byte) []byte {
	const (
		large   = 64 << 10
		atLeast = 0.94 // of a large page left
		skipped = 15   // pages stored before the next attempt
	)
	if c.stored > 0 && len(src) >= large {
		c.stored--
		c.buf = appendSnappyLiterals(c.buf[:0], src)
		return c.buf
	}
	if n := s2.MaxEncodedLen(len(src)); cap(c.buf) < n {
		c.buf = make([]byte, n+n/8)
	}
	packed := s2.EncodeSnappy(c.buf[:cap(c.buf)], src)
	if len(src) >= large && float64(len(packed)) > atLeast*float64(len(src)) {
		c.stored = skipped
	}
	return packed
}

// share compresses the start of b and returns how much of it was left: 0.5 is half the size.
func (c *compressor) share(b []byte) float64 {
	const sample = 32 << 10
	if c.codec == Uncompressed || len(b) == 0 {
		return 1
	}
	b = b[:min(len(b), sample)]
	return float64(len(c.compress(b))) / float64(len(b))
}

// appendSnappyLiterals frames src as snappy without compressing it. Like the reference encoder it makes no literal longer
// than 64 KiB.
func appendSnappyLiterals(dst, src []byte) []byte {
	const longest = 64 << 10
	dst = binary.AppendUvarint(dst, uint64(len(src)))
	for len(src) > 0 {
		n := min(len(src), longest)
		dst = append(dst, 61<<2, byte(n-1), byte((n-1)>>8)) // a literal whose length takes two bytes
		dst = append(dst, src[:n]...)
		src = src[n:]
	}
	return dst
}

var gzipWriters = sync.Pool{New: func() any {
	w, err := gzip.NewWriterLevel(nil, gzip.BestSpeed)
	if err != nil {
		panic(err) // the level is a constant
	}
	return w
}}

// zstdEncoder is shared: EncodeAll is safe for concurrent use and keeps one state for each CPU.
var zstdEncoder = sync.OnceValue(func() *zstd.Encoder {
	w, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderCRC(false))
	if err != nil {
		panic(err) // the options are constants
	}
	return w
})
