package scan

import (
	"encoding/binary"
	"strings"
)

// A fieldTable finds a field of a struct by a key in the input, without the quotes: by the field's
// name, or by another spelling of it that has been found before.
//
// The scanner first compares a key with the field that it expects (see node.next), which takes a
// few instructions. Only a key in another order is hashed.
type fieldTable struct {
	all    []*node
	first  *node            // first field of the last object
	byName map[string]*node // by all spellings
	slots  []fieldSlot      // open addressing; the size is a power of two
}

type fieldSlot struct {
	hash  uint64
	name  string // a spelling of the field's name
	field *node
	// key replaces the field's key pattern if the field has several spellings, so that the spelling
	// that was found last is expected next.
	key *keyPattern
}

// add adds a field. A name that needs escapes in JSON never equals the bytes of a key: it is only
// found in byName.
func (t *fieldTable) add(n *node) {
	t.all = append(t.all, n)
	t.insert(fieldSlot{name: n.name, field: n})
}

// maxAliases is the mean number of other spellings of a field that a table remembers.
const maxAliases = 4

// alias adds another spelling of the name of a field.
func (t *fieldTable) alias(n *node, spelling string) {
	if len(t.byName) >= (1+maxAliases)*(len(t.all)+1) {
		return
	}
	for i := range t.slots {
		if s := &t.slots[i]; s.field == n && s.key == nil {
			own := newKeyPattern(n.name)
			s.key = &own
		}
	}
	key := newKeyPattern(spelling)
	t.insert(fieldSlot{name: spelling, field: n, key: &key})
}

func (t *fieldTable) insert(s fieldSlot) {
	if t.byName == nil {
		t.byName = map[string]*node{}
	}
	t.byName[s.name] = s.field
	if len(t.byName)*2 > len(t.slots) {
		old := t.slots
		t.slots = make([]fieldSlot, max(8, 2*len(t.slots)))
		for _, s := range old {
			if s.field != nil {
				t.place(s)
			}
		}
	}
	t.place(s)
}

func (t *fieldTable) place(s fieldSlot) {
	if strings.ContainsAny(s.name, `"\`) {
		return
	}
	padded := append([]byte(s.name), make([]byte, 8)...)
	s.hash = keyHash(padded, len(s.name))
	i := s.hash & uint64(len(t.slots)-1)
	for t.slots[i].field != nil {
		i = (i + 1) & uint64(len(t.slots)-1)
	}
	t.slots[i] = s
}

// find returns the slot of the field that has the first n bytes of b as a spelling of its name, or
// nil if there is none. b must have 8 more bytes.
func (t *fieldTable) find(b []byte, n int) *fieldSlot {
	if len(t.slots) == 0 {
		return nil
	}
	h := keyHash(b, n)
	for i := h & uint64(len(t.slots)-1); ; i = (i + 1) & uint64(len(t.slots)-1) {
		s := &t.slots[i]
		if s.field == nil {
			return nil
		}
		if s.hash == h && s.name == string(b[:n]) {
			return s
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
