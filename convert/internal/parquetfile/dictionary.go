package parquetfile

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// maxProbes bounds how far a look-up goes. At a load of one half, honest data never come near it;
// values made to collide get no dictionary rather than quadratic time.
const maxProbes = 64

// minSlots is the size a table starts with. It is a power of two, as every size is.
const minSlots = 1 << 7

// A dictionary gives equal values equal indexes, in order of first appearance. Values go in and out
// in PLAIN form, so that plain is a dictionary page's body as it stands.
type dictionary interface {
	// add appends the index of each of the n values to indexes. It stops early and reports false
	// when the dictionary would outgrow the limits or probing takes too long.
	add(values []byte, n int, indexes []uint32, limits dictionaryLimits) ([]uint32, bool)
	// plain is the concatenation of all distinct values.
	plain() []byte
	// len is the number of distinct values.
	len() int
	// truncate forgets all values but the first n. Nothing can be added afterwards.
	truncate(n int)
	// reset forgets everything.
	reset()
	// reserve makes room in an empty dictionary for that many distinct values of so many bytes
	// together: growing to it step by step takes longer, and touches twice the memory.
	reserve(distinct, bytes int)
}

type dictionaryLimits struct {
	values int // distinct
	bytes  int // of the page
}

func newDictionary(leaf *Leaf) dictionary {
	switch leaf.Physical {
	case Boolean:
		return nil
	case Int32:
		return &wordDictionary{width: 4}
	case Int64, Double:
		return &wordDictionary{width: 8}
	}
	return &byteDictionary{fixed: leaf.width()}
}

// wordDictionary is the dictionary of 4- and 8-byte values. Keys stand in the slots themselves, so
// that a look-up touches one cache line.
type wordDictionary struct {
	width int
	slots []wordSlot
	shift int // 64 - log2(len(slots))
	body  []byte
	n     int
}

type wordSlot struct {
	key   uint64
	index uint32 // plus 1; 0 is an empty slot
}

func (d *wordDictionary) plain() []byte  { return d.body }
func (d *wordDictionary) len() int       { return d.n }
func (d *wordDictionary) truncate(n int) { d.n, d.body = n, d.body[:n*d.width] }

func (d *wordDictionary) reset() {
	d.n, d.body = 0, d.body[:0]
	if d.slots = cleared(d.slots); d.shift == 0 {
		d.resize(len(d.slots))
	}
}

func (d *wordDictionary) reserve(distinct, bytes int) {
	if slots := slotsFor(distinct); slots > len(d.slots) {
		d.resize(slots)
	}
	d.body = slices.Grow(d.body, bytes)
}

// slotsFor is the size of a table that need not grow for n values.
func slotsFor(n int) int { return 1 << bits.Len(uint(2*n)) }

func (d *wordDictionary) resize(slots int) {
	if len(d.slots) != slots {
		d.slots = make([]wordSlot, slots)
	}
	d.shift = 64 - bits.Len(uint(slots-1))
	for i := range d.n {
		d.insert(d.load(d.body[i*d.width:]), uint32(i+1))
	}
}

func (d *wordDictionary) load(b []byte) uint64 {
	if d.width == 4 {
		return uint64(binary.LittleEndian.Uint32(b))
	}
	return binary.LittleEndian.Uint64(b)
}

func (d *wordDictionary) insert(key uint64, index uint32) {
	mask := uint64(len(d.slots) - 1)
	h := hashWord(key) >> d.shift
	for d.slots[h&mask].index != 0 {
		h++
	}
	d.slots[h&mask] = wordSlot{key, index}
}

// hashWord spreads a word over its upper bits (Fibonacci hashing). Doubles, which often differ in
// their upper bits only, are folded first.
func hashWord(key uint64) uint64 { return (key ^ key>>32) * 0x9e3779b97f4a7c15 }

func (d *wordDictionary) add(values []byte, n int, indexes []uint32, limits dictionaryLimits) ([]uint32, bool) {
	width := d.width
	maxValues := min(limits.values, limits.bytes/width)
	slots, shift := d.slots, d.shift
	at := len(indexes)
	indexes = slices.Grow(indexes, n)[:at+n]
	for i := at; i < len(indexes); i++ {
		key := d.load(values)
		h := int(hashWord(key) >> shift)
		slot := &slots[h&(len(slots)-1)]
		for probes := 0; slot.key != key && slot.index != 0; probes++ {
			if probes == maxProbes {
				return indexes[:i], false
			}
			h++
			slot = &slots[h&(len(slots)-1)]
		}
		if slot.index == 0 {
			if d.n >= maxValues {
				return indexes[:i], false
			}
			d.body = append(d.body, values[:width]...)
			d.n++
			*slot = wordSlot{key, uint32(d.n)}
			indexes[i] = uint32(d.n - 1)
			if 2*d.n > len(slots) {
				d.resize(2 * len(slots))
				slots, shift = d.slots, d.shift
			}
		} else {
			indexes[i] = slot.index - 1
		}
		values = values[width:]
	}
	return indexes, true
}
