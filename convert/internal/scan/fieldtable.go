package scan

import (
	"encoding/binary"
	"strings"
)

// A fieldTable finds a field of a struct by its key in the input, without the quotes.
//
// The scanner first compares a key with the field that it expects (see node.next), which takes a
// few instructions. Only a key in another order is hashed.
type fieldTable struct {
	all    []*node
	first  *node // first field of the last object
	byName map[string]*node
	slots  []fieldSlot // open addressing; the size is a power of two
}

type fieldSlot struct {
	hash  uint64
	field *node
}

// add adds a field. A name that needs escapes in JSON never equals the bytes of a key: it is only
// found in byName.
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

// find returns the field whose name is the first n bytes of b, or nil if there is none. b must have
// 8 more bytes.
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

// keyHash hashes the first n bytes of b, 8 at a time. b must have 8 more bytes.
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

// A keyPattern is the usual form of a key in the input after its opening quote: the name, a quote
// and a colon.
type keyPattern struct {
	text       string
	head, mask uint64 // first 8 bytes of text, and a mask of those that it has
	tail       uint64 // last 8 bytes of text, if it has more than 8
}

func newKeyPattern(name string) keyPattern {
	if strings.ContainsAny(name, `"\`) {
		return keyPattern{mask: ^uint64(0)} // matches nothing, because a string has no NUL
	}
	text := name + `":`
	p := keyPattern{text: text, mask: ^uint64(0)}
	padded := append([]byte(text), 0, 0, 0, 0, 0, 0, 0, 0)
	p.head = load64(padded)
	if len(text) < 8 {
		p.mask = 1<<(8*len(text)) - 1
	} else {
		p.tail = load64(padded[len(text)-8:])
	}
	return p
}

// matches reports whether b starts with the pattern. b must have 8 more bytes.
func (p *keyPattern) matches(b []byte) bool {
	if (load64(b)^p.head)&p.mask != 0 {
		return false
	}
	return len(p.text) <= 8 || p.matchesRest(b)
}

func (p *keyPattern) matchesRest(b []byte) bool {
	n := len(p.text)
	return len(b) >= n && load64(b[n-8:]) == p.tail && (n <= 16 || string(b[8:n-8]) == p.text[8:n-8])
}
