package parquetfile

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"sync"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"

	"ndjson-parquet/convert/internal/snappy"
)

// A Codec is a compression of pages. The numbers are those of the format.
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
	codec    Codec
	thorough bool // for snappy: find short repetitions too
	stored   int  // number of data pages to store uncompressed: see dataPage
	work     *Workspace
}

// reset prepares the compressor for another chunk.
func (c *compressor) reset(codec Codec) { c.codec, c.thorough, c.stored = codec, false, 0 }

// choose chooses the snappy encoder by a sample of values. S2's encoder is several times as fast as
// the reference encoder. The encoder of package snappy compresses identifiers, times and numbers
// better, and texts with long repetitions less.
func (c *compressor) choose(values []byte) {
	const (
		sample = 16 << 10
		least  = 4 << 10 // fewer bytes are no evidence, and hardly matter
		gain   = 0.995
	)
	c.thorough = false
	if c.codec != Snappy || len(values) < least {
		return
	}
	values = values[:min(len(values), sample)]
	fast := len(c.compress(values))
	c.thorough = true
	c.thorough = float64(len(c.compress(values))) < gain*float64(fast)
}

// dataPage compresses a data page. After a large page that hardly got smaller, such as one of
// random numbers, some pages are stored uncompressed (see appendStored), which saves time here and
// in readers.
func (c *compressor) dataPage(body []byte) (packed []byte, stored bool) {
	const (
		large   = 64 << 10
		atLeast = 0.97 // of the size of a large page
		skipped = 15   // number of pages that are stored before the next attempt
	)
	if c.codec != Snappy || len(body) < large {
		return c.compress(body), false
	}
	if c.stored > 0 {
		c.stored--
		return nil, true
	}
	packed = c.compress(body)
	if float64(len(packed)) > atLeast*float64(len(body)) {
		c.stored = skipped
	}
	return packed, false
}

// compress returns src compressed, which is valid until the workspace is used to compress again, or
// src itself if the codec is Uncompressed.
func (c *compressor) compress(src []byte) []byte {
	w := c.work
	switch c.codec {
	case Uncompressed:
		return src
	case Snappy:
		if n := max(s2.MaxEncodedLen(len(src)), snappy.MaxEncodedLen(len(src))); cap(w.packed) < n {
			w.packed = make([]byte, n+n/8)
		}
		if c.thorough {
			return w.snappyEncoder().Encode(w.packed[:cap(w.packed)], src)
		}
		return s2.EncodeSnappy(w.packed[:cap(w.packed)], src)
	case Gzip:
		out := bytes.NewBuffer(w.packed[:0])
		z := gzipWriters.Get().(*gzip.Writer)
		z.Reset(out)
		// Writes to a bytes.Buffer cannot fail.
		_, _ = z.Write(src)
		_ = z.Close()
		gzipWriters.Put(z)
		w.packed = out.Bytes()
	case Zstd:
		w.packed = zstdEncoder().EncodeAll(src, w.packed[:0])
	default:
		panic(fmt.Sprintf("parquet: codec %d cannot be written", c.codec))
	}
	return w.packed
}

// share compresses the start of b and returns the compressed size as a share of the original one.
func (c *compressor) share(b []byte) float64 {
	const sample = 64 << 10
	if c.codec == Uncompressed || len(b) == 0 {
		return 1
	}
	b = b[:min(len(b), sample)]
	return float64(len(c.compress(b))) / float64(len(b))
}

// storedBlock is the size in bytes of a frame of appendStored. The literals of the reference
// encoder are not longer either.
const storedBlock = 64 << 10

// appendStored appends src in the format of snappy without compressing it, and without another
// copy.
func appendStored(dst *blocks, src []byte) {
	frame := binary.AppendUvarint(make([]byte, 0, binary.MaxVarintLen64), uint64(len(src)))
	dst.append(frame)
	for len(src) > 0 {
		n := min(len(src), storedBlock)
		dst.append(append(frame[:0], 61<<2, byte(n-1), byte((n-1)>>8))) // a literal whose length takes two bytes
		dst.append(src[:n])
		src = src[n:]
	}
}

// storedLen returns the number of bytes that appendStored appends for n bytes.
func storedLen(n int) int {
	var frame [binary.MaxVarintLen64]byte
	return binary.PutUvarint(frame[:], uint64(n)) + 3*((n+storedBlock-1)/storedBlock) + n
}

var gzipWriters = sync.Pool{New: func() any {
	w, err := gzip.NewWriterLevel(nil, gzip.BestSpeed)
	if err != nil {
		panic(err) // the level is a constant
	}
	return w
}}

// zstdEncoder is shared by all compressors: EncodeAll is safe for concurrent use and keeps one
// state for each CPU.
var zstdEncoder = sync.OnceValue(func() *zstd.Encoder {
	w, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderCRC(false))
	if err != nil {
		panic(err) // the options are constants
	}
	return w
})
