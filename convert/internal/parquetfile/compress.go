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

// compress appends to dst[:0] the compressed src and returns it; dst grows as needed. Uncompressed returns src itself.
func (c Codec) compress(dst, src []byte) []byte {
	switch c {
	case Uncompressed:
		return src
	case Snappy:
		if n := s2.MaxEncodedLen(len(src)); cap(dst) < n {
			dst = make([]byte, n)
		}
		return appendSnappy(dst[:cap(dst)], src)
	case Gzip:
		out := bytes.NewBuffer(dst[:0])
		w := gzipWriters.Get().(*gzip.Writer)
		w.Reset(out)
		// Writes to a bytes.Buffer cannot fail.
		_, _ = w.Write(src)
		_ = w.Close()
		gzipWriters.Put(w)
		return out.Bytes()
	case Zstd:
		return zstdEncoder().EncodeAll(src, dst[:0])
	}
	panic(fmt.Sprintf("parquet: codec %d cannot be written", c))
}

// appendSnappy compresses src in snappy's block format with S2's encoder, which is several times as fast as the reference's.
// Large pages of which a sample hardly shrinks (random identifiers, say) are stored as they are, which saves time here and
// in readers. dst has room for the longest result and is overwritten.
func appendSnappy(dst, src []byte) []byte {
	const (
		large    = 64 << 10
		sample   = 16 << 10
		storable = sample * 94 / 100
	)
	if len(src) >= large {
		at := (len(src) - sample) / 2
		if n := len(s2.EncodeSnappy(dst, src[at:at+sample])); n > storable {
			return appendSnappyLiterals(dst[:0], src)
		}
	}
	return s2.EncodeSnappy(dst, src)
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

// compressedShare compresses the start of b and returns how much of it was left: 0.5 is half the size.
func (c Codec) compressedShare(scratch, b []byte) (share float64, _ []byte) {
	const sample = 32 << 10
	if c == Uncompressed || len(b) == 0 {
		return 1, scratch
	}
	b = b[:min(len(b), sample)]
	out := c.compress(scratch, b)
	return float64(len(out)) / float64(len(b)), keepLarger(scratch, out)
}

// keepLarger returns the one with more room, so that a scratch buffer that had to be replaced is not replaced again.
func keepLarger(a, b []byte) []byte {
	if cap(b) > cap(a) {
		return b
	}
	return a
}
