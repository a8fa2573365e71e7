package parquetfile

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"slices"
)

// levels are the definition or repetition levels of the current page. Most pages have only one
// level, so that the bytes are stored only when a second one comes.
type levels struct {
	uniform byte   // level of all n entries while buf is empty
	n       int    // entries
	buf     []byte // one byte for each entry, once levels differ
}

func (l *levels) reset() { l.n, l.buf = 0, l.buf[:0] }

// appendRun adds n entries of one level.
func (l *levels) appendRun(level byte, n int) {
	if n == 0 {
		return
	}
	if l.n == 0 {
		l.uniform = level
	}
	if len(l.buf) == 0 && l.uniform == level {
		l.n += n
		return
	}
	l.layOut()
	l.buf = appendRepeated(l.buf, level, n)
	l.n += n
}

// append adds an entry for each byte.
func (l *levels) append(b []byte) {
	if len(b) == 0 {
		return
	}
	if len(l.buf) == 0 && isUniform(b) {
		l.appendRun(b[0], len(b))
		return
	}
	l.layOut()
	l.buf = append(l.buf, b...)
	l.n += len(b)
}

func (l *levels) layOut() {
	if len(l.buf) == 0 {
		l.buf = appendRepeated(l.buf, l.uniform, l.n)
	}
}

// encode appends the levels in the form of a data page V1: a length of 4 bytes, then the hybrid.
func (l *levels) encode(dst []byte, highest uint8) []byte {
	at := len(dst)
	dst = append(dst, 0, 0, 0, 0)
	width := bits.Len8(highest)
	if len(l.buf) == 0 {
		dst = appendRLERun(dst, uint32(l.uniform), l.n, width)
	} else {
		dst = appendHybridLevels(dst, l.buf, width)
	}
	binary.LittleEndian.PutUint32(dst[at:], uint32(len(dst)-at-4))
	return dst
}

// appendHybridLevels encodes levels of at most 8 bits, one in each byte.
func appendHybridLevels(dst, src []byte, width int) []byte {
	for i := 0; i < len(src); {
		if run := levelRun(src[i:]); run >= 8 || i+run == len(src) {
			dst = appendRLERun(dst, uint32(src[i]), run, width)
			i += run
			continue
		}
		// A bit-packed run has whole groups of 8, up to a group that starts a long enough run of
		// equal levels.
		start := i
		for i += 8; i < len(src); i += 8 {
			if levelRun(src[i:]) >= 24 {
				break
			}
		}
		i = min(i, len(src))
		groups := (i - start + 7) / 8
		dst = binary.AppendUvarint(dst, uint64(groups)<<1|1)
		for ; start+8 <= i; start += 8 {
			dst = appendGroup8(dst, binary.LittleEndian.Uint64(src[start:]), width)
		}
		if start < i {
			var rest [8]byte
			copy(rest[:], src[start:i])
			dst = appendGroup8(dst, binary.LittleEndian.Uint64(rest[:]), width)
		}
	}
	return dst
}

// levelRun returns the number of levels at the start of b that equal the first one.
func levelRun(b []byte) int {
	word := uint64(b[0]) * 0x0101010101010101
	i := 0
	for ; i+8 <= len(b); i += 8 {
		if diff := binary.LittleEndian.Uint64(b[i:]) ^ word; diff != 0 {
			return i + bits.TrailingZeros64(diff)>>3
		}
	}
	for i < len(b) && b[i] == b[0] {
		i++
	}
	return i
}

// appendGroup8 packs the 8 bytes of word, width bits each, into width bytes.
func appendGroup8(dst []byte, word uint64, width int) []byte {
	if width == 1 {
		// The product collects bit 0 of byte i at bit 56+i. No two partial products overlap.
		return append(dst, byte(word*0x0102040810204080>>56))
	}
	var packed uint64
	for i := range 8 {
		packed |= word >> (8 * i) & 0xff << (i * width)
	}
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], packed)
	return append(dst, b[:width]...)
}

// appendRLERun appends a run of the hybrid, n times value.
func appendRLERun(dst []byte, value uint32, n, width int) []byte {
	dst = binary.AppendUvarint(dst, uint64(n)<<1)
	for ; width > 0; width -= 8 {
		dst = append(dst, byte(value))
		value >>= 8
	}
	return dst
}

func appendRepeated(dst []byte, b byte, n int) []byte {
	at := len(dst)
	dst = slices.Grow(dst, n)[:at+n]
	fill := dst[at:]
	if b == 0 {
		clear(fill)
		return dst
	}
	for i := range fill {
		fill[i] = b
	}
	return dst
}

func isUniform(b []byte) bool {
	// Each byte equals its successor.
	return bytes.Equal(b[1:], b[:len(b)-1])
}
