package parquetfile

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// appendHybridIndexes encodes dictionary indexes below 1<<width in the RLE/bit-packed hybrid.
func appendHybridIndexes(dst []byte, src []uint32, width int) []byte {
	if width == 0 {
		return binary.AppendUvarint(dst, uint64(len(src))<<1)
	}
	// Room for all indexes, bit-packed. Runs take no more, because only runs of 8 or more are
	// written as such.
	dst = slices.Grow(dst, (len(src)+7)/8*width+16+len(src)/64*10)
	for i := 0; i < len(src); {
		if run := indexRun(src[i:]); run >= 8 || i+run == len(src) {
			dst = appendRLERun(dst, src[i], run, width)
			i += run
			continue
		}
		start := i
		for i += 8; i < len(src); i += 8 {
			if indexRun(src[i:min(len(src), i+24)]) >= 24 {
				break
			}
		}
		i = min(i, len(src))
		dst = binary.AppendUvarint(dst, uint64((i-start+7)/8)<<1|1)
		dst = appendBitPacked(dst, src[start:i], width)
	}
	return dst
}

func indexRun(src []uint32) int {
	first := src[0]
	for i, v := range src {
		if v != first {
			return i
		}
	}
	return len(src)
}

// appendBitPacked packs the values of src, width bits each, least significant first, padded with
// zeros to a multiple of 8 values.
func appendBitPacked(dst []byte, src []uint32, width int) []byte {
	at := len(dst)
	size := (len(src) + 7) / 8 * width
	dst = slices.Grow(dst, size+8)[:at+size+8] // the last word is stored whole
	out := dst[at:]
	var word uint64
	used, o := 0, 0
	for _, v := range src {
		word |= uint64(v) << used
		used += width
		if used >= 32 {
			binary.LittleEndian.PutUint32(out[o:], uint32(word))
			o += 4
			word >>= 32
			used -= 32
		}
	}
	clear(out[o:])
	binary.LittleEndian.PutUint64(out[o:], word)
	return dst[:at+size]
}

// appendBooleans packs one-byte booleans into bits, least significant first.
func appendBooleans(dst, src []byte) []byte {
	for len(src) >= 8 {
		dst = append(dst, byte(binary.LittleEndian.Uint64(src)*0x0102040810204080>>56))
		src = src[8:]
	}
	if len(src) > 0 {
		var rest [8]byte
		copy(rest[:], src)
		dst = append(dst, byte(binary.LittleEndian.Uint64(rest[:])*0x0102040810204080>>56))
	}
	return dst
}

// indexWidth returns the number of bits of an index into a dictionary of n entries.
func indexWidth(n int) int {
	if n <= 1 {
		return 0
	}
	return bits.Len32(uint32(n - 1))
}
