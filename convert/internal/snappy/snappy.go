// Package snappy compresses to Snappy's block format,
// https://github.com/google/snappy/blob/main/format_description.txt. It finds shorter repetitions
// than S2's encoder, which makes columns of identifiers, addresses, times and numbers smaller.
//
// Other encoders look for repetitions of at least 4 or 6 bytes and use each one they find. This one
// uses a repetition of 4 bytes where a copy takes 2 bytes, and requires 5 bytes where a copy takes
// 3, because a shorter one gains nothing there.
package snappy

import (
	"encoding/binary"
	"math/bits"
)

const (
	blockBytes = 1 << 16    // the largest distance of a copy of 3 bytes
	slack      = 64         // bytes after a block that may be loaded, and after the output that may be overwritten
	tableBits  = 14         // the table fills the processor's first-level cache
	minBlock   = 32         // shorter blocks are stored
	tailBytes  = 16         // no repetition begins this close to the end of a block
	nearBytes  = 1 << 11    // the largest distance of a copy of 2 bytes
	multiplier = 0x1e35a7bd // of the hash; the reference encoder's
)

// A block is the input between two resets of the table. Indexing an array of this size by 16 bits
// needs no bounds check.
type block = [blockBytes + slack]byte

// An Encoder compresses data. It is not safe for concurrent use. The zero value is ready to use.
type Encoder struct {
	table [1 << tableBits]uint16 // last position in the block of four bytes with this hash
	last  block                  // copy of a block without slack after it
}

// MaxEncodedLen returns the length of the destination that Encode needs for n bytes: their largest
// compressed size, and slack.
func MaxEncodedLen(n int) int {
	blocks := (n + blockBytes - 1) / blockBytes
	return binary.MaxVarintLen64 + n + 3*blocks + slack
}

// Encode compresses src, overwriting dst, and returns the part of dst it used. It panics if dst is
// shorter than MaxEncodedLen(len(src)).
func (e *Encoder) Encode(dst, src []byte) []byte {
	_ = dst[:MaxEncodedLen(len(src))]
	d := binary.PutUvarint(dst, uint64(len(src)))
	for len(src) > 0 {
		n := min(len(src), blockBytes)
		b := &e.last
		if len(src) >= len(b) {
			b = (*block)(src)
		} else {
			copy(b[:], src)
		}
		done := 0
		if n >= minBlock {
			clear(e.table[:])
			var encoded int
			encoded, done = encodeRepetitions(dst[d:], b, n, &e.table)
			d += encoded
		}
		d = literal(dst, d, b, done, n)
		src = src[n:]
	}
	return dst[:d]
}

func load32(b *block, i int) uint32 { return binary.LittleEndian.Uint32(b[uint16(i):]) }
func load64(b *block, i int) uint64 { return binary.LittleEndian.Uint64(b[uint16(i):]) }

// hash returns the hash of the lower four bytes.
func hash(v uint64) uint32 { return uint32(v) * multiplier >> (32 - tableBits) }

// pays reports whether a copy of a repetition at a distance is shorter than a literal. differing is
// the XOR of the first eight bytes of both. One test of length and distance together is a branch
// that the processor predicts well, because four equal bytes are frequent and a copy is rare.
func pays(differing uint64, distance int) bool {
	mask := uint64(0xffffffffff)
	if distance < nearBytes {
		mask = 0xffffffff
	}
	return differing&mask == 0
}

// encodeGo is encodeRepetitions without assembly.
func encodeGo(dst []byte, src *block, n int, table *[1 << tableBits]uint16) (encoded, done int) {
	limit := n - tailBytes
	d := 0
	for s := 1; ; s++ { // s is greater than any position in the table, in which 0 means the first byte or none
		var from int // start of the bytes that src[s:] repeats
		for step := 64; ; step++ {
			if s > limit {
				return d, done
			}
			v := load64(src, s)
			h, h1 := hash(v), hash(v>>8)
			from = int(table[h])
			from1 := int(table[h1])
			table[h], table[h1] = uint16(s), uint16(s+1)
			if pays(load64(src, from)^v, s-from) {
				break
			}
			if pays(load64(src, from1)^v>>8, s+1-from1) {
				s, from = s+1, from1
				break
			}
			s += step >> 5 // larger and larger steps where there are no repetitions
		}
		for s > done && from > 0 && src[uint16(s-1)] == src[uint16(from-1)] {
			s, from = s-1, from-1
		}
		d = literal(dst, d, src, done, s)
		for {
			length := repetition(src, s, from, n)
			d = copies(dst, d, s-from, length)
			s += length
			done = s
			if s > limit {
				return d, done
			}
			v := load64(src, s-2)
			table[hash(v)] = uint16(s - 2)
			table[hash(v>>8)] = uint16(s - 1)
			h := hash(v >> 16)
			from = int(table[h])
			table[h] = uint16(s)
			if load32(src, from) != uint32(v>>16) {
				break
			}
		}
	}
}

// repetition returns the number of bytes at s, at least four, that equal those at from. It examines
// no byte at or after n.
func repetition(src *block, s, from, n int) int {
	start := s
	s += 4
	from += 4
	for ; s <= n-8; s, from = s+8, from+8 {
		if differing := load64(src, s) ^ load64(src, from); differing != 0 {
			return s - start + bits.TrailingZeros64(differing)/8
		}
	}
	for s < n && src[uint16(s)] == src[uint16(from)] {
		s, from = s+1, from+1
	}
	return s - start
}

// literal appends src[from:to] uncompressed.
func literal(dst []byte, d int, src *block, from, to int) int {
	n := to - from
	switch {
	case n == 0:
		return d
	case n <= 16:
		dst[d] = uint8(n-1) << 2
		*(*[16]byte)(dst[d+1:]) = *(*[16]byte)(src[uint16(from):]) // copies more than n bytes, which is faster
		return d + 1 + n
	case n <= 60:
		dst[d] = uint8(n-1) << 2
		d++
	case n <= 1<<8:
		dst[d], dst[d+1] = 60<<2, uint8(n-1)
		d += 2
	default:
		dst[d], dst[d+1], dst[d+2] = 61<<2, uint8(n-1), uint8((n-1)>>8)
		d += 3
	}
	return d + copy(dst[d:], src[from:to])
}

// copies appends copies of bytes at a distance. A copy has at most 64 bytes, and the last one at
// least 4.
func copies(dst []byte, d, distance, length int) int {
	for length > 64 {
		n := 64
		if length < 64+4 {
			n = 60
		}
		d = copy2(dst, d, distance, n)
		length -= n
	}
	if length >= 12 || distance >= nearBytes {
		return copy2(dst, d, distance, length)
	}
	dst[d], dst[d+1] = uint8(distance>>8)<<5|uint8(length-4)<<2|1, uint8(distance)
	return d + 2
}

func copy2(dst []byte, d, distance, length int) int {
	dst[d], dst[d+1], dst[d+2] = uint8(length-1)<<2|2, uint8(distance), uint8(distance>>8)
	return d + 3
}
