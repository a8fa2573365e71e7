package scan

import (
	"strings"

	"ndjson-parquet/convert/internal/infer"
	"ndjson-parquet/convert/schema"
)

// count adds the values of the columns to the evidence of n and of all nodes below it.
func (n *node) count() {
	n.countHere()
	for _, f := range n.fields.all {
		f.count()
	}
	if n.kind == schema.List || n.direct {
		n.elem.count()
	}
}

// countHere adds the values of n's column to its evidence. It must be called before a value is
// added to the evidence directly, because the order in which classes first occur matters.
func (n *node) countHere() {
	if n.evidence == nil || n.kind == schema.Map && !n.direct {
		return // see Recorder.mapping
	}
	var main infer.Class
	other := infer.ClassOther
	switch n.kind {
	case schema.None:
		main = infer.ClassArray // see scanner.emptyArray
	case schema.Bool:
		main = infer.ClassBool
	case schema.Int64:
		main, other = infer.ClassInt, infer.ClassIntOnly
	case schema.Double:
		main, other = infer.ClassFloat, infer.ClassInt
	case schema.Struct, schema.Map:
		main = infer.ClassObject
	case schema.List:
		main = infer.ClassArray
	default:
		main = infer.ClassString
	}
	c := n.column
	if c == nil {
		addMore(n.evidence, main, n.present.n, &n.countedMain)
		n.evidence.AddMembers(n.members.n - n.countedMembers)
		n.countedMembers = n.members.n
		return
	}
	others := c.otherKind.n
	mains := c.flushed + int64(c.count()) - others - c.direct - c.floats.n
	if c.otherFirst {
		addMore(n.evidence, other, others, &n.countedOther)
		addMore(n.evidence, main, mains, &n.countedMain)
	} else {
		addMore(n.evidence, main, mains, &n.countedMain)
		addMore(n.evidence, other, others, &n.countedOther)
	}
	addMore(n.evidence, infer.ClassFloat, c.floats.n, &n.countedFloats)
}

// addMore adds the values of total that are not in counted yet.
func addMore(e *infer.Evidence, c infer.Class, total int64, counted *int64) {
	if total > *counted {
		e.Add(c, total-*counted)
		*counted = total
	}
}

// classOf returns the class of a value other than null.
func (p *parser) classOf(v *value) infer.Class {
	switch v.kind {
	case jsonBool:
		return infer.ClassBool
	case jsonInteger, jsonFloat:
		return readNumber(p.literal(v), v.kind).class
	case jsonString:
		if _, ok := p.text(v); ok {
			return infer.ClassString
		}
	case jsonObject:
		return infer.ClassObject
	case jsonArray:
		return infer.ClassArray
	}
	return infer.ClassOther
}

// observe adds the value with index i, and all values inside it, to the evidence.
func (p *parser) observe(e *infer.Evidence, i uint32) {
	v := p.node(i)
	if e == nil || v.kind == jsonNull {
		return
	}
	e.Add(p.classOf(v), 1)
	switch v.kind {
	case jsonArray:
		for child := v.child; child != 0; child = p.node(child).next {
			p.observe(e.Element(), child)
		}
	case jsonObject:
		p.findRepeats(i)
		for child := v.child; child != 0; child = p.node(child).next {
			m := p.node(child)
			name := p.key(m)
			if !schema.ValidName(name, i == 0) {
				if i != 0 && !m.repeated {
					e.AddMembers(1)
				}
				continue
			}
			f := e.Place(name)
			if m.contested {
				f = f.Contested(name)
			}
			if !m.repeated {
				e.AddMembers(1)
				p.observe(f, child)
			}
		}
	}
}

// findRepeats marks the members of an object that have the key of a later member, and those whose
// key differs from another one only in case.
func (p *parser) findRepeats(i uint32) {
	const few = 8
	n := 0
	for child := p.node(i).child; child != 0; child = p.node(child).next {
		n++
	}
	if n <= few {
		for a := p.node(i).child; a != 0; a = p.node(a).next {
			key := p.key(p.node(a))
			for b := p.node(a).next; b != 0; b = p.node(b).next {
				other := p.key(p.node(b))
				if key == other {
					p.node(a).repeated = true
					break
				}
				if !p.caseSensitive && strings.EqualFold(key, other) {
					p.node(a).contested, p.node(b).contested = true, true
				}
			}
		}
		return
	}
	if p.last == nil {
		p.last = map[string]uint32{}
	}
	for child := p.node(i).child; child != 0; child = p.node(child).next {
		key := p.key(p.node(child))
		if earlier, ok := p.last[key]; ok {
			p.node(earlier).repeated = true
		}
		p.last[key] = child
	}
	clear(p.last) // the keys share the memory of the line
	if !p.caseSensitive {
		p.findSpellings(i)
	}
}

// findSpellings marks the members of an object whose key differs from another one only in case.
func (p *parser) findSpellings(i uint32) {
	if p.folded == nil {
		p.folded = map[uint64]uint32{}
	}
	for child := p.node(i).child; child != 0; child = p.node(child).next {
		m := p.node(child)
		if m.repeated {
			continue
		}
		key := p.key(m)
		hash := foldHash(key)
		if earlier, ok := p.folded[hash]; ok && strings.EqualFold(key, p.key(p.node(earlier))) {
			p.node(earlier).contested, m.contested = true, true
			continue
		}
		p.folded[hash] = child
	}
	clear(p.folded)
}

// setEvidence sets the evidence of n.
func (n *node) setEvidence(e *infer.Evidence) {
	n.evidence = e
	switch {
	case n.kind == schema.List:
		n.elem.setEvidence(e.Element())
	case n.direct:
		n.elem.setEvidence(e.Rest()) // whatever the keys
	}
}
