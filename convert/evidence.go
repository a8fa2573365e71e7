package convert

// count brings the evidence about n, and about all below it, up to date with what went into the columns.
func (n *node) count() {
	n.countHere()
	for _, f := range n.fields.all {
		f.count()
	}
	if n.kind == List {
		n.elem.count()
	}
}

// countHere brings the evidence about n itself up to date. The order in which classes were first seen matters; so it must be
// called before a value is counted directly.
func (n *node) countHere() {
	if n.evidence == nil {
		return
	}
	var main class
	other := classOther
	switch n.kind {
	case None:
		main = classArray // see scanner.emptyArray
	case Bool:
		main = classBool
	case Int64:
		main, other = classInt, classIntOnly
	case Double:
		main, other = classFloat, classInt
	case Struct, Map:
		main = classObject
	case List:
		main = classArray
	default:
		main = classString
	}
	mains, others := n.present.n, int64(0)
	if c := n.column; c != nil {
		others = c.otherKind.n
		mains = c.flushed + int64(c.count()) - others - c.direct
	}
	if c := n.column; c != nil && c.otherFirst {
		n.evidence.addMore(other, others, &n.countedOther)
		n.evidence.addMore(main, mains, &n.countedMain)
		return
	}
	n.evidence.addMore(main, mains, &n.countedMain)
	n.evidence.addMore(other, others, &n.countedOther)
}

// addMore adds what total has more than counted.
func (e *evidence) addMore(c class, total int64, counted *int64) {
	if total > *counted {
		e.add(c, total-*counted)
		*counted = total
	}
}

// classOf classifies a value for typing. A null has no class.
func (p *parser) classOf(v *value) class {
	switch v.kind {
	case jsonBool:
		return classBool
	case jsonInteger, jsonFloat:
		return readNumber(p.literal(v), v.kind).class
	case jsonString:
		if _, ok := p.text(v); ok {
			return classString
		}
	case jsonObject:
		return classObject
	case jsonArray:
		return classArray
	}
	return classOther
}

// observe counts the value at index i and all below it.
func (p *parser) observe(e *evidence, i uint32) {
	v := p.node(i)
	if e == nil || v.kind == jsonNull {
		return
	}
	e.add(p.classOf(v), 1)
	switch v.kind {
	case jsonArray:
		for child := v.child; child != 0; child = p.node(child).next {
			p.observe(e.element(), child)
		}
	case jsonObject:
		p.findRepeats(i)
		for child := v.child; child != 0; child = p.node(child).next {
			m := p.node(child)
			name := p.key(m)
			if !usableName(name, i == 0) {
				continue
			}
			if f := e.field(name); !m.repeated {
				p.observe(f, child)
			}
		}
	}
}

// findRepeats marks the members of an object that a later member of the same name replaces.
func (p *parser) findRepeats(i uint32) {
	const few = 8
	n := 0
	for child := p.node(i).child; child != 0; child = p.node(child).next {
		n++
	}
	if n <= few {
		for a := p.node(i).child; a != 0; a = p.node(a).next {
			for b := p.node(a).next; b != 0; b = p.node(b).next {
				if p.key(p.node(a)) == p.key(p.node(b)) {
					p.node(a).repeated = true
					break
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
	clear(p.last) // the keys are of the line
}

// setEvidence says where to count what occurs at n.
func (n *node) setEvidence(e *evidence) {
	n.evidence = e
	if n.kind == List {
		n.elem.setEvidence(e.element())
	}
}
