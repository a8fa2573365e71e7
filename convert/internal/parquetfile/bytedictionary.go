package parquetfile

import (
	"bytes"
	"encoding/binary"
	"math/bits"
	"slices"
)

// byteDictionary is the dictionary of byte arrays of fixed or variable length. Short values, which
// are most of those that benefit from a dictionary, are in their slots as three words. Comparing
// them takes no branch that depends on their length.
type byteDictionary struct {
	fixed   int // bytes of each value, or 0 if a length of 4 bytes precedes each
	short   []shortSlot
	long    []uint64 // hash<<32 | index+1; 0 is an empty slot
	nShort  int
	nLong   int
	body    []byte
	offsets []uint32 // position of each value in body
}

// shortBytes is the length of the longest short value.
const shortBytes = 23

// A textKey is a short value, padded with zeros, with its length in the last byte. It is a struct
// of words because it is passed in registers then; an array is not.
type textKey struct{ a, b, c uint64 }

type shortSlot struct {
	key   textKey
	index uint32 // plus 1; 0 is an empty slot
}

func (d *byteDictionary) plain() []byte { return d.body }
func (d *byteDictionary) len() int      { return len(d.offsets) }

func (d *byteDictionary) truncate(n int) {
	if n < len(d.offsets) {
		d.body = d.body[:d.offsets[n]]
		d.offsets = d.offsets[:n]
	}
}

func (d *byteDictionary) reset() {
	d.body, d.offsets = d.body[:0], d.offsets[:0]
	d.nShort, d.nLong = 0, 0
	d.short = cleared(d.short)
	d.long = cleared(d.long)
}

func (d *byteDictionary) reserve(distinct, bytes int) {
	d.body = slices.Grow(d.body, bytes)
	d.offsets = slices.Grow(d.offsets, distinct)
	slots := slotsFor(distinct)
	if bytes <= distinct*(4+shortBytes) { // at least most of them are short
		if slots > len(d.short) {
			d.short = make([]shortSlot, slots)
		}
	} else if slots > len(d.long) {
		d.long = make([]uint64, slots)
	}
}

// cleared empties a table and keeps its size, because the dictionary of the next row group is
// likely to be as large, and growing takes longer than clearing.
func cleared[S any](slots []S) []S {
	if len(slots) == 0 {
		return make([]S, minSlots)
	}
	clear(slots)
	return slots
}

func (d *byteDictionary) add(values []byte, n int, indexes []uint32, limits dictionaryLimits) ([]uint32, bool) {
	at := len(indexes)
	indexes = slices.Grow(indexes, n)[:at+n]
	head := 4
	if d.fixed > 0 {
		head = 0
	}
	for i := at; i < len(indexes); i++ {
		length := d.fixed
		if head > 0 {
			length = int(binary.LittleEndian.Uint32(values))
		}
		var index uint32
		var ok bool
		if length <= shortBytes {
			key := shortKey(values[head:], length)
			slot := &d.short[key.hash()&uint32(len(d.short)-1)]
			if slot.index != 0 && slot.key == key {
				index, ok = slot.index-1, true
			} else {
				index, ok = d.indexShort(key, values[:head+length], limits)
			}
		} else {
			index, ok = d.indexLong(values[:head+length], limits)
		}
		if !ok {
			return indexes[:i], false
		}
		indexes[i] = index
		values = values[head+length:]
	}
	return indexes, true
}

// indexShort returns the index of a value, which is added if it is new. value includes its length
// if that is variable.
func (d *byteDictionary) indexShort(key textKey, value []byte, limits dictionaryLimits) (index uint32, ok bool) {
	h := int(key.hash())
	slot := &d.short[h&(len(d.short)-1)]
	for probes := 0; slot.index != 0; probes++ {
		if slot.key == key {
			return slot.index - 1, true
		}
		if probes == maxProbes {
			return 0, false
		}
		h++
		slot = &d.short[h&(len(d.short)-1)]
	}
	if index, ok = d.append(value, limits); !ok {
		return 0, false
	}
	*slot = shortSlot{key, index + 1}
	if d.nShort++; 2*d.nShort > len(d.short) {
		d.growShort()
	}
	return index, true
}

func (d *byteDictionary) append(value []byte, limits dictionaryLimits) (index uint32, ok bool) {
	if len(d.offsets) >= limits.values || len(d.body)+len(value) > limits.bytes {
		return 0, false
	}
	index = uint32(len(d.offsets))
	d.offsets = append(d.offsets, uint32(len(d.body)))
	d.body = append(d.body, value...)
	return index, true
}

// shortMasks[n] keeps the first n bytes of three words.
var shortMasks = func() (masks [shortBytes + 1][3]uint64) {
	for n := range masks {
		for i := range n {
			masks[n][i/8] |= 0xff << (i % 8 * 8)
		}
	}
	return masks
}()

// shortKey returns the key of the first n bytes of b. b must have enough more bytes to load whole
// words, which are masked.
func shortKey(b []byte, n int) textKey {
	if len(b) <= shortBytes {
		return lastKey(b, n)
	}
	m := &shortMasks[n]
	return textKey{
		binary.LittleEndian.Uint64(b) & m[0],
		binary.LittleEndian.Uint64(b[8:]) & m[1],
		binary.LittleEndian.Uint64(b[16:])&m[2] | uint64(n)<<56,
	}
}

// lastKey is shortKey for values at the end of their slice.
func lastKey(b []byte, n int) textKey {
	var padded [shortBytes + 1]byte
	copy(padded[:], b[:n])
	return shortKey(padded[:], n)
}

// The multipliers of hashing are arbitrary odd numbers with about as many ones as zeros.
const hashA, hashB = 0xa0761d6478bd642f, 0xe7037ed1a0b428db

// hash returns a hash of the key. Its best bits are at both ends.
func (k textKey) hash() uint32 {
	hi, lo := bits.Mul64(k.a^hashA, k.b^bits.RotateLeft64(k.c, 29)^hashB)
	return uint32(hi ^ lo)
}

func (d *byteDictionary) growShort() {
	old := d.short
	d.short = make([]shortSlot, 2*len(old))
	for i := range old {
		if old[i].index == 0 {
			continue
		}
		h := int(old[i].key.hash())
		for d.short[h&(len(d.short)-1)].index != 0 {
			h++
		}
		d.short[h&(len(d.short)-1)] = old[i]
	}
}

// indexLong is indexShort for long values.
func (d *byteDictionary) indexLong(value []byte, limits dictionaryLimits) (index uint32, ok bool) {
	hash := hashLong(value)
	h := int(hash)
	for probes := 0; ; probes++ {
		slot := d.long[h&(len(d.long)-1)]
		if slot == 0 {
			break
		}
		if uint32(slot>>32) == hash {
			index := uint32(slot) - 1
			at := int(d.offsets[index])
			if at+len(value) <= len(d.body) && bytes.Equal(d.body[at:at+len(value)], value) {
				return index, true
			}
		}
		if probes == maxProbes {
			return 0, false
		}
		h++
	}
	if index, ok = d.append(value, limits); !ok {
		return 0, false
	}
	d.long[h&(len(d.long)-1)] = uint64(hash)<<32 | uint64(index+1)
	if d.nLong++; 2*d.nLong > len(d.long) {
		d.growLong()
	}
	return index, true
}

// growLong needs no values, because each slot has its hash.
func (d *byteDictionary) growLong() {
	old := d.long
	d.long = make([]uint64, 2*len(old))
	for _, slot := range old {
		if slot == 0 {
			continue
		}
		h := int(slot >> 32)
		for d.long[h&(len(d.long)-1)] != 0 {
			h++
		}
		d.long[h&(len(d.long)-1)] = slot
	}
}

// hashLong hashes more than 16 bytes, 16 at a time, by folded multiplication.
func hashLong(b []byte) uint32 {
	n := len(b)
	seed := uint64(n)
	for p := b; len(p) > 16; p = p[16:] {
		hi, lo := bits.Mul64(binary.LittleEndian.Uint64(p)^hashA, binary.LittleEndian.Uint64(p[8:])^seed)
		seed = hi ^ lo
	}
	hi, lo := bits.Mul64(binary.LittleEndian.Uint64(b[n-16:])^hashB, binary.LittleEndian.Uint64(b[n-8:])^seed)
	hi, lo = bits.Mul64(hi^hashA, lo^hashB)
	return uint32(hi ^ lo)
}
