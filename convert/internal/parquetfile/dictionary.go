package parquetfile

import (
	"encoding/binary"
	"math/bits"
	"slices"
)

// maxProbes limits the slots that a look-up examines. At a load of one half, ordinary data stay far
// below it. Values that were made to collide get no dictionary, instead of quadratic time.
const maxProbes = 64

// minSlots is the initial size of a table. All sizes are powers of two.
const minSlots = 1 << 7

// A dictionary assigns equal values equal indexes, in the order of their first appearance. Values
// are in PLAIN form, so that plain returns the body of a dictionary page.
type dictionary interface {
	// add appends the index of each of the n values to indexes. It stops and reports false if the
	// dictionary would exceed the limits or probing takes too long.
	add(values []byte, n int, indexes []uint32, limits dictionaryLimits) ([]uint32, bool)
	// plain returns the concatenation of all distinct values.
	plain() []byte
	// len returns the number of distinct values.
	len() int
	// truncate removes all values except the first n. No value can be added afterwards.
	truncate(n int)
	// reset removes all values.
	reset()
	// reserve makes room in an empty dictionary for a number of distinct values and their total
	// size in bytes. Growing step by step takes longer, and touches twice the memory.
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

// wordDictionary is the dictionary of values of 4 and 8 bytes. Keys are in the slots, so that a
// look-up touches one cache line.
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

// slotsFor returns the size of a table that need not grow for n values.
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

// hashWord returns a hash whose upper bits depend on all bits of the word (Fibonacci hashing). The
// word is folded first, because doubles often differ in their upper bits only.
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
