package scan

import (
	"strings"
	"unicode/utf8"

	"ndjson-parquet/convert/internal/infer"
	"ndjson-parquet/convert/schema"
)

// A key that differs from the name of a field only in case fills the field. If an object has
// several spellings of a name, the exact one does, or else the last one, and the others are
// rescued.

// known returns the field that a key fills, if n has it.
func (r *Recorder) known(n *node, key string) *node {
	if f := n.fields.byName[key]; f != nil || r.limits.CaseSensitive || !schema.ValidName(key, n == r.root) {
		return f
	}
	f := n.byFold[schema.FoldName(key)]
	if f == nil {
		return nil
	}
	if !f.aliased {
		f.aliased = true
		f.dropPointers()
	}
	if f.kind != schema.None { // the scanner needs the pointer of a field without a type
		n.fields.alias(f, strings.Clone(key))
	}
	return f
}

// dropPointers forgets the pointers of all places below n.
func (n *node) dropPointers() {
	for _, f := range n.fields.all {
		f.pointer = ""
		f.dropPointers()
	}
}

// contest records or rescues a member of the object with index i in which its name has several
// spellings. It returns nil if the member must be rescued.
func (r *Recorder) contest(n *node, i, child uint32, rep uint8) *node {
	key := r.parser.key(r.parser.node(child))
	if !schema.ValidName(key, n == r.root) {
		return nil
	}
	e := n.evidence.Place(key)
	contested := e.Contested(key)
	f := r.known(n, key)
	if f == nil {
		f = r.field(n, key, child)
	}
	if f == nil || r.parser.winner(i, f.name) != child {
		r.parser.observe(contested, child)
		return nil
	}
	f = r.field(n, key, child) // gives it a type
	if f.serial == neverMet {
		f.setEvidence(e)
		f.serial = 0 // met
	}
	f.count()
	f.swapEvidence(contested)
	r.fill(f, n.evidence, key, child, rep)
	f.count()
	f.restoreEvidence()
	return f
}

// winner returns the member of the object with index i that fills the field of that name: the last
// one of the exact spelling, or else the last one of any.
func (p *parser) winner(i uint32, name string) (winner uint32) {
	for child := p.node(i).child; child != 0; child = p.node(child).next {
		key := p.key(p.node(child))
		if key == name || strings.EqualFold(key, name) && (winner == 0 || p.key(p.node(winner)) != name) {
			winner = child
		}
	}
	return winner
}

// swapEvidence lets n and all places below it count for e, until restoreEvidence. What they have so
// far must have been counted.
func (n *node) swapEvidence(e *infer.Evidence) {
	n.saved, n.evidence = n.evidence, e
	switch {
	case n.kind == schema.List:
		n.elem.swapEvidence(e.Element())
	case n.direct:
		n.elem.swapEvidence(e.Rest())
	}
	for _, f := range n.fields.all {
		f.swapEvidence(e.Find(f.name))
		if f.evidence == nil {
			f.serial = neverMet
		}
	}
}

// restoreEvidence reverses swapEvidence.
func (n *node) restoreEvidence() {
	n.evidence, n.saved = n.saved, nil
	if n.kind == schema.List || n.direct {
		n.elem.restoreEvidence()
	}
	for _, f := range n.fields.all {
		f.restoreEvidence()
		if f.evidence == nil {
			f.serial = neverMet
		}
	}
}

// foldHash returns a hash that is the same for names that differ only in case.
func foldHash(name string) uint64 {
	for i := range len(name) {
		if name[i] >= utf8.RuneSelf {
			name = schema.FoldName(name)
			break
		}
	}
	h := uint64(14695981039346656037) // FNV-1a
	for i := range len(name) {
		c := name[i]
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		h = (h ^ uint64(c)) * 1099511628211
	}
	return h
}
