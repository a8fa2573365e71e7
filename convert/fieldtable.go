package convert

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// A fieldTable finds a struct's field by the key as it stands in the input, quotes not included.
//
// The scanner first compares with the field it expects next (see node.next), which costs a few instructions; only a key
// that comes out of order is hashed.
type fieldTable struct {
	all    []*node
	first  *node // the field that opened the last object
	byName map[string]*node
	slots  []fieldSlot // open addressing, a power of two
}

type fieldSlot struct {
	hash  uint64
	field *node
}

// add adds a field. A name that JSON can only write with escapes never equals a key's bytes and is found by lookup alone.
func (t *fieldTable) add(n *node) {
	if t.byName == nil {
		t.byName = map[string]*node{}
	}
	t.byName[n.name] = n
	t.all = append(t.all, n)
	if len(t.all)*2 > len(t.slots) {
		t.slots = make([]fieldSlot, max(8, 2*len(t.slots)))
		for _, n := range t.all {
			t.place(n)
		}
		return
	}
	t.place(n)
}

func (t *fieldTable) place(n *node) {
	if strings.ContainsAny(n.name, `"\`) {
		return
	}
	padded := append([]byte(n.name), make([]byte, 8)...)
	h := keyHash(padded, len(n.name))
	i := h & uint64(len(t.slots)-1)
	for t.slots[i].field != nil {
		i = (i + 1) & uint64(len(t.slots)-1)
	}
	t.slots[i] = fieldSlot{h, n}
}

// find returns the field whose name is the first n bytes of b, or nil. b must have 8 bytes more.
func (t *fieldTable) find(b []byte, n int) *node {
	if len(t.slots) == 0 {
		return nil
	}
	h := keyHash(b, n)
	for i := h & uint64(len(t.slots)-1); ; i = (i + 1) & uint64(len(t.slots)-1) {
		s := &t.slots[i]
		if s.field == nil {
			return nil
		}
		if s.hash == h && s.field.name == string(b[:n]) {
			return s.field
		}
	}
}

// keyHash hashes the first n bytes of b, which must have 8 bytes more, 8 at a time.
func keyHash(b []byte, n int) uint64 {
	const k = 0x9E3779B97F4A7C15
	h := uint64(n) * k
	for ; n >= 8; n -= 8 {
		h = (h ^ binary.LittleEndian.Uint64(b)) * k
		h ^= h >> 32
		b = b[8:]
	}
	h = (h ^ binary.LittleEndian.Uint64(b)&(1<<(8*n)-1)) * k
	return h ^ h>>29
}

// hasKey reports whether b starts with the field's name and a quote.
func (n *node) hasKey(b []byte) bool {
	return len(b) > len(n.name) && b[len(n.name)] == '"' && bytes.Equal(b[:len(n.name)], []byte(n.name))
}
