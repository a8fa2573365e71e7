package parquetfile

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// maxProbes bounds how far a look-up goes. At a load of one half, honest data never come near it; values made to collide
// get no dictionary rather than quadratic time.
const maxProbes = 64

// minSlots is the size a table starts with. It is a power of two, as every size is.
const minSlots = 1 << 9

// A dictionary gives equal values equal indexes, in order of first appearance. Values go in and out in PLAIN form, so that
// plain is a dictionary page's body as it stands.
type dictionary interface {
	// add appends the index of each value to indexes. It stops early and reports false when the dictionary would outgrow
	// the limits or probing takes too long.
	add(values []byte, indexes []uint32, limits dictionaryLimits) ([]uint32, bool)
	// plain is the concatenation of all distinct values.
	plain() []byte
	// len is the number of distinct values.
	len() int
	// truncate forgets all values but the first n. Nothing can be added afterwards.
	truncate(n int)
	// reset forgets everything.
	reset()
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

// wordDictionary is the dictionary of 4- and 8-byte values. Keys stand in the slots themselves, so that a look-up
// touches one cache line.
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
	d.resize(minSlots)
}

func (d *wordDictionary) resize(slots int) {
	if cap(d.slots) >= slots {
		d.slots = d.slots[:slots]
		clear(d.slots)
	} else {
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

// hashWord spreads a word over its upper bits (Fibonacci hashing). Doubles, which often differ in their upper bits only,
// are folded first.
func hashWord(key uint64) uint64 { return (key ^ key>>32) * 0x9e3779b97f4a7c15 }

func (d *wordDictionary) add(values []byte, indexes []uint32, limits dictionaryLimits) ([]uint32, bool) {
	width := d.width
	maxValues := min(limits.values, limits.bytes/width)
	slots, shift := d.slots, d.shift
	for ; len(values) >= width; values = values[width:] {
		key := d.load(values)
		h := int(hashWord(key) >> shift)
		slot := &slots[h&(len(slots)-1)]
		for probes := 0; slot.key != key && slot.index != 0; probes++ {
			if probes == maxProbes {
				return indexes, false
			}
			h++
			slot = &slots[h&(len(slots)-1)]
		}
		if slot.index != 0 {
			indexes = append(indexes, slot.index-1)
			continue
		}
		if d.n >= maxValues {
			return indexes, false
		}
		indexes = append(indexes, uint32(d.n))
		d.body = append(d.body, values[:width]...)
		d.n++
		*slot = wordSlot{key, uint32(d.n)}
		if 2*d.n > len(slots) {
			d.resize(2 * len(slots))
			slots, shift = d.slots, d.shift
		}
	}
	return indexes, true
}

// byteDictionary is the dictionary of byte arrays, of fixed or of their own length.
type byteDictionary struct {
	fixed   int      // bytes of each value, or 0: a 4-byte length goes before each
	slots   []uint64 // hash<<32 | index+1; 0 is an empty slot
	body    []byte
	offsets []uint32 // where each value starts in body
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
	if cap(d.slots) < minSlots {
		d.slots = make([]uint64, minSlots)
		return
	}
	d.slots = d.slots[:minSlots]
	clear(d.slots)
}

func (d *byteDictionary) add(values []byte, indexes []uint32, limits dictionaryLimits) ([]uint32, bool) {
	slots := d.slots
	for len(values) > 0 {
		size := d.fixed
		if size == 0 {
			size = 4 + int(binary.LittleEndian.Uint32(values))
		}
		value := values[:size]
		values = values[size:]
		hash := hashBytes(value)
		tag := uint64(hash) << 32
		h := int(hash)
		for probes := 0; ; probes++ {
			slot := slots[h&(len(slots)-1)]
			if slot == 0 {
				if len(d.offsets) >= limits.values || len(d.body)+size > limits.bytes {
					return indexes, false
				}
				d.offsets = append(d.offsets, uint32(len(d.body)))
				d.body = append(d.body, value...)
				indexes = append(indexes, uint32(len(d.offsets)-1))
				slots[h&(len(slots)-1)] = tag | uint64(len(d.offsets))
				if 2*len(d.offsets) > len(slots) {
					d.double()
					slots = d.slots
				}
				break
			}
			if slot&^0xffffffff == tag {
				index := uint32(slot) - 1
				at := int(d.offsets[index])
				if at+size <= len(d.body) && bytes.Equal(d.body[at:at+size], value) {
					indexes = append(indexes, index)
					break
				}
			}
			if probes == maxProbes {
				return indexes, false
			}
			h++
		}
	}
	return indexes, true
}

// double makes room. Each slot carries its hash, so the values need not be read again.
func (d *byteDictionary) double() {
	old := d.slots
	if n := 2 * len(old); cap(old) >= n {
		old = append([]uint64(nil), old...)
		d.slots = d.slots[:n]
		clear(d.slots)
	} else {
		d.slots = make([]uint64, n)
	}
	mask := len(d.slots) - 1
	for _, slot := range old {
		if slot != 0 {
			h := int(slot >> 32)
			for d.slots[h&mask] != 0 {
				h++
			}
			d.slots[h&mask] = slot
		}
	}
}

// hashBytes mixes b, whose first bytes are its length unless that is fixed, 16 bytes at a time by folded multiplication.
func hashBytes(b []byte) uint32 {
	const k0, k1 = 0xa0761d6478bd642f, 0xe7037ed1a0b428db
	var x, y uint64
	n := len(b)
	seed := uint64(n)
	switch {
	case n > 16:
		p := b
		for ; len(p) > 16; p = p[16:] {
			hi, lo := bits.Mul64(binary.LittleEndian.Uint64(p)^k0, binary.LittleEndian.Uint64(p[8:])^seed)
			seed = hi ^ lo
		}
		x, y = binary.LittleEndian.Uint64(b[n-16:]), binary.LittleEndian.Uint64(b[n-8:])
	case n >= 8:
		x, y = binary.LittleEndian.Uint64(b), binary.LittleEndian.Uint64(b[n-8:])
	case n >= 4:
		x, y = uint64(binary.LittleEndian.Uint32(b)), uint64(binary.LittleEndian.Uint32(b[n-4:]))
	default:
		for i, c := range b {
			x |= uint64(c) << (8 * i)
		}
	}
	hi, lo := bits.Mul64(x^k1, y^seed)
	hi, lo = bits.Mul64(hi^k0, lo^k1)
	hash := uint32(hi ^ lo)
	if hash == 0 {
		return 1
	}
	return hash
}
