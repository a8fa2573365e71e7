package parquetfile

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// maxBoundBytes is the length in bytes of the longest text in statistics. Longer bounds are
// truncated.
const maxBoundBytes = 64

// bounds are the smallest and largest value of a page or chunk, in the order of the column and in
// the form of statistics: PLAIN, without a length. A truncated bound is not exact: min is then
// below every value, and max above.
type bounds struct {
	min, max           []byte
	minExact, maxExact bool
	hasMin, hasMax     bool // hasMin means that there is a value other than null
}

// merge widens b to include o. The slices are shared.
func (b *bounds) merge(o *bounds, leaf *Leaf) {
	if !o.hasMin {
		return
	}
	if !b.hasMin {
		*b = *o
		return
	}
	switch c := compareValues(leaf, o.min, b.min); {
	case c < 0:
		b.min, b.minExact = o.min, o.minExact
	case c == 0:
		b.minExact = b.minExact || o.minExact
	}
	if !b.hasMax || !o.hasMax { // one of them has no upper bound that is short enough
		b.hasMax = false
		return
	}
	switch c := compareValues(leaf, o.max, b.max); {
	case c > 0:
		b.max, b.maxExact = o.max, o.maxExact
	case c == 0:
		b.maxExact = b.maxExact || o.maxExact
	}
}

// compareValues compares two values, without their lengths, in the order of the column.
func compareValues(leaf *Leaf, a, b []byte) int {
	switch leaf.Physical {
	case Int32:
		return compare(int32(binary.LittleEndian.Uint32(a)), int32(binary.LittleEndian.Uint32(b)))
	case Int64:
		return compare(int64(binary.LittleEndian.Uint64(a)), int64(binary.LittleEndian.Uint64(b)))
	case Double:
		return compare(doubleOrder(binary.LittleEndian.Uint64(a)), doubleOrder(binary.LittleEndian.Uint64(b)))
	case FixedLenByteArray:
		return compareDecimals(a, b)
	}
	return bytes.Compare(a, b)
}

func compare[T int32 | int64](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// doubleOrder maps the bits of doubles to integers of the same order, with -0 below +0. It is its
// own inverse.
func doubleOrder(b uint64) int64 {
	x := int64(b)
	return x ^ int64(uint64(x>>63)>>1)
}

// compareDecimals compares big-endian two's complement numbers of the same length.
func compareDecimals(a, b []byte) int {
	if len(a) > 0 && a[0] != b[0] {
		return compare(int32(int8(a[0])), int32(int8(b[0])))
	}
	return bytes.Compare(a, b)
}

// A boundsFinder finds the bounds of PLAIN values that it receives in pieces.
type boundsFinder struct {
	any                bool
	minInt, maxInt     int64  // booleans, integers and, by doubleOrder, doubles
	minBytes, maxBytes []byte // of byte arrays; they alias the input
	common             int    // length of the common prefix of minBytes and maxBytes, in bytes and whole words
	minWord, maxWord   uint64 // the 8 bytes that follow, big-endian, padded with zeros
}

func (f *boundsFinder) observe(leaf *Leaf, values []byte) {
	if len(values) == 0 {
		return
	}
	switch leaf.Physical {
	case ByteArray:
		f.observeText(values)
		return
	case FixedLenByteArray:
		f.observeDecimals(values, leaf.TypeLength)
		return
	}
	if !f.any {
		f.any = true
		f.minInt, f.maxInt = 1<<63-1, -1<<63
	}
	lo, hi := f.minInt, f.maxInt
	switch leaf.Physical {
	case Boolean:
		for _, v := range values {
			lo, hi = min(lo, int64(v)), max(hi, int64(v))
		}
	case Int32:
		for ; len(values) >= 4; values = values[4:] {
			v := int64(int32(binary.LittleEndian.Uint32(values)))
			lo, hi = min(lo, v), max(hi, v)
		}
	case Int64:
		for ; len(values) >= 8; values = values[8:] {
			v := int64(binary.LittleEndian.Uint64(values))
			lo, hi = min(lo, v), max(hi, v)
		}
	case Double:
		for ; len(values) >= 8; values = values[8:] {
			v := doubleOrder(binary.LittleEndian.Uint64(values))
			lo, hi = min(lo, v), max(hi, v)
		}
	}
	f.minInt, f.maxInt = lo, hi
}

func (f *boundsFinder) observeDecimals(values []byte, size int) {
	for ; len(values) >= size; values = values[size:] {
		v := values[:size]
		if !f.any {
			f.any = true
			f.minBytes, f.maxBytes = v, v
			continue
		}
		if compareDecimals(v, f.minBytes) < 0 {
			f.minBytes = v
		}
		if compareDecimals(v, f.maxBytes) > 0 {
			f.maxBytes = v
		}
	}
}

// observeText decides most values by one comparison of 8 bytes, those after the common prefix of
// all values so far, such as "https://".
func (f *boundsFinder) observeText(values []byte) {
	if !f.any {
		f.any = true
		first := values[4 : 4+binary.LittleEndian.Uint32(values)]
		f.minBytes, f.maxBytes = first, first
		f.refresh()
	}
	for len(values) >= 4 {
		n := int(binary.LittleEndian.Uint32(values))
		value := values[4 : 4+n]
		values = values[4+n:]
		if n >= f.common+8 && hasWords(value, f.minBytes, f.common) {
			word := bits.ReverseBytes64(binary.LittleEndian.Uint64(value[f.common:]))
			switch {
			case word > f.minWord && word < f.maxWord:
				continue
			case word > f.maxWord: // as in ascending times; the common prefix is the same as before
				f.maxBytes, f.maxWord = value, word
				continue
			case word < f.minWord:
				f.minBytes, f.minWord = value, word
				continue
			}
		} else if f.common == 0 {
			if word := textWord(value); word > f.minWord && word < f.maxWord {
				continue
			}
		}
		if bytes.Compare(value, f.minBytes) < 0 {
			f.minBytes = value
			f.refresh()
		}
		if bytes.Compare(value, f.maxBytes) > 0 {
			f.maxBytes = value
			f.refresh()
		}
	}
}

// refresh determines the common prefix of min and max, which all values between them have.
func (f *boundsFinder) refresh() {
	f.common = 0
	shorter := min(len(f.minBytes), len(f.maxBytes))
	for f.common+8 <= shorter && hasWords(f.minBytes[f.common:], f.maxBytes[f.common:], 8) {
		f.common += 8
	}
	f.minWord, f.maxWord = textWord(f.minBytes[f.common:]), textWord(f.maxBytes[f.common:])
}

// hasWords reports whether a and b begin with the same n bytes. n is a multiple of 8.
func hasWords(a, b []byte, n int) bool {
	for i := 0; i < n; i += 8 {
		if binary.LittleEndian.Uint64(a[i:]) != binary.LittleEndian.Uint64(b[i:]) {
			return false
		}
	}
	return true
}

// textWord returns the first 8 bytes of b as a big-endian number, padded with zeros.
func textWord(b []byte) uint64 {
	if len(b) >= 8 {
		return bits.ReverseBytes64(binary.LittleEndian.Uint64(b))
	}
	var word uint64
	for i, c := range b {
		word |= uint64(c) << (56 - 8*i)
	}
	return word
}

// bounds returns copies of the bounds.
func (f *boundsFinder) bounds(leaf *Leaf) bounds {
	if !f.any {
		return bounds{}
	}
	b := bounds{hasMin: true, hasMax: true, minExact: true, maxExact: true}
	switch leaf.Physical {
	case Boolean:
		b.min, b.max = []byte{byte(f.minInt)}, []byte{byte(f.maxInt)}
	case Int32:
		b.min = binary.LittleEndian.AppendUint32(nil, uint32(f.minInt))
		b.max = binary.LittleEndian.AppendUint32(nil, uint32(f.maxInt))
	case Int64:
		b.min = binary.LittleEndian.AppendUint64(nil, uint64(f.minInt))
		b.max = binary.LittleEndian.AppendUint64(nil, uint64(f.maxInt))
	case Double:
		// The format requires that a bound of zero includes both zeros: min is -0, max is +0.
		lo, hi := uint64(doubleOrder(uint64(f.minInt))), uint64(doubleOrder(uint64(f.maxInt)))
		if lo == 0 {
			lo = 1 << 63
		}
		if hi == 1<<63 {
			hi = 0
		}
		b.min = binary.LittleEndian.AppendUint64(nil, lo)
		b.max = binary.LittleEndian.AppendUint64(nil, hi)
	case ByteArray:
		b.min, b.minExact = lowerBound(f.minBytes)
		b.max, b.maxExact, b.hasMax = upperBound(f.maxBytes)
	case FixedLenByteArray:
		b.min, b.max = bytes.Clone(f.minBytes), bytes.Clone(f.maxBytes)
	}
	return b
}

// lowerBound truncates text to at most maxBoundBytes, between two characters, and reports whether
// it is unchanged.
func lowerBound(text []byte) (bound []byte, exact bool) {
	n := cutBetweenCharacters(text)
	return append(make([]byte, 0, n), text[:n]...), n == len(text)
}

// upperBound returns valid UTF-8 of at most maxBoundBytes that is not below text, and whether it is
// text itself. There is none if the first maxBoundBytes of text are all the highest code point.
func upperBound(text []byte) (bound []byte, exact, ok bool) {
	n := cutBetweenCharacters(text)
	bound = append(make([]byte, 0, n), text[:n]...)
	if n == len(text) {
		return bound, true, true
	}
	for len(bound) > 0 {
		r, size := utf8.DecodeLastRune(bound)
		bound = bound[:len(bound)-size]
		switch {
		case r == utf8.RuneError && size == 1: // not UTF-8, but ordered by bytes like other texts
			if c := text[len(bound)]; c < 0xff {
				return append(bound, c+1), false, true
			}
		case r == 0xd7ff:
			return utf8.AppendRune(bound, 0xe000), false, true // the code points in between are surrogates
		case r < utf8.MaxRune:
			if len(bound)+utf8.RuneLen(r+1) <= maxBoundBytes {
				return utf8.AppendRune(bound, r+1), false, true
			}
		}
	}
	return nil, false, false
}

func cutBetweenCharacters(text []byte) int {
	if len(text) <= maxBoundBytes {
		return len(text)
	}
	n := maxBoundBytes
	for n > maxBoundBytes-utf8.UTFMax && !utf8.RuneStart(text[n]) {
		n--
	}
	return n
}
