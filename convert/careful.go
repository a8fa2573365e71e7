package convert

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// A recorder takes in records: by the scanner where it can, else by the careful path, which parses the record into a tree,
// learns from it, and rescues what does not fit.
type recorder struct {
	scanner
	parser   parser
	evidence *evidence
	frozen   bool // the schema is final: new names get no column
	given    *Schema
	extended bool // columns or names have been added to the schema
	columns  int  // leaves that may still be added
	before   int  // rows of the span before the current block

	rescued *column // _rescued_data
}

// newRecorder returns a recorder for the schema.
func newRecorder(s *Schema, o *Options, frozen bool) *recorder {
	r := &recorder{given: s, frozen: frozen, parser: parser{maxDepth: o.MaxDepth}}
	r.root = newLayout(s)
	r.columns = o.MaxColumns - len(r.root.leaves)
	r.rescued = newColumn(rescuedLeaf)
	r.reset(o)
	return r
}

// reset makes the recorder ready for another span.
func (r *recorder) reset(o *Options) {
	r.evidence = newEvidence(8 * o.MaxColumns)
	r.root.forget()
	r.root.evidence = r.evidence
	r.rescued.forget()
	r.row, r.before = 0, 0
}

// take takes in the line that starts at start and whose first byte other than space is at i, not a newline. It returns the
// position of the line's newline, and nil if the line became a row.
func (r *recorder) take(start, i, maxLine int) (end int, rejected *rejection) {
	r.rescue.count = 0
	if r.buf[i] == '{' {
		if end = r.scan(i); end != fail && end-start <= maxLine {
			r.endRow()
			return end, nil
		}
		r.undo()
	}
	end = i + bytes.IndexByte(r.buf[i:], '\n')
	if end-start > maxLine {
		return end, tooLong(int64(end-start), maxLine)
	}
	return end, r.takeCarefully(r.buf[start:end])
}

func tooLong(length int64, maxLine int) *rejection {
	return &rejection{reasonTooLong, fmt.Sprintf("the line has %d bytes, %d are allowed", length, maxLine)}
}

func (r *recorder) takeCarefully(line []byte) *rejection {
	if rejected := r.parser.parse(line); rejected != nil {
		return rejected
	}
	r.rescue.reset(line)
	r.record = r.serial + 1
	r.object(r.root, 0, 0)
	r.endRow()
	return nil
}

// endRow completes a record with what had to be rescued of it.
func (r *recorder) endRow() {
	if r.rescue.count > 0 {
		r.rescued.present(r.row, 0)
		r.rescued.values = appendBytes(r.rescued.values, r.rescue.finish())
	}
	r.row++
}

// object records the object at index i of the tree.
func (r *recorder) object(n *node, i uint32, rep uint8) {
	r.serial++
	serial := r.serial
	if n != r.root {
		n.present.add(r.record)
	}
	found := 0
	p := &r.parser
	p.findRepeats(i)
	for child := p.node(i).child; child != 0; child = p.node(child).next {
		m := p.node(child)
		key := p.key(m)
		r.rescue.enterKey(key)
		if m.repeated {
			if usableName(key, n == r.root) {
				n.evidence.field(key) // the first appearance counts for the order
			}
			r.rescue.keepRepeated(m)
		} else if f := r.field(n, key, child); f != nil {
			if f.serial == neverMet {
				f.setEvidence(n.evidence.field(f.name)) // the first time in this span
			}
			f.serial = serial
			found++
			r.value(f, child, rep)
		} else if m.kind != jsonNull {
			r.rescue.keep(m)
		}
		r.rescue.leave()
	}
	r.missing(n, found, serial, rep)
}

// field finds the field for a key, adding it where that can be done at once, or returns nil: then the value at index i is
// to be rescued.
func (r *recorder) field(n *node, key string, i uint32) *node {
	if f := n.fields.byName[key]; f != nil {
		if f.kind == None && n == r.root && r.parser.node(i).kind != jsonNull {
			r.giveType(f, i)
		}
		return f
	}
	if !usableName(key, n == r.root) {
		return nil
	}
	e := n.evidence.field(key)
	if e == nil {
		return nil
	}
	if _, taken := n.byFold[FoldName(key)]; taken {
		r.parser.observe(e, i)
		return nil
	}
	r.extended = true
	f := newNode(e.name, nil, nil, n.level, 0) // from now on the scanner knows the name, and passes over nulls
	if r.rescue.dynamic == 0 {
		f.pointer = string(r.rescue.pointer)
	}
	n.addChild(f)
	if n == r.root {
		r.giveType(f, i)
	}
	return f
}

// giveType turns a top-level field that had only nulls into a column of the type that the value at index i calls for: the
// rows before are null in it. Fields of structs cannot be added so late, as the levels of their nulls would be unknown.
func (r *recorder) giveType(f *node, i uint32) {
	f.countHere()
	if r.frozen || f.evidence != nil && f.evidence.total() > 0 {
		return // an earlier value had to be rescued; the span must be done again anyhow
	}
	first := newEvidence(8 * r.columns)
	r.parser.observe(first, i)
	c := chooser{leaves: r.columns}
	t := c.choose(first, nil, 0)
	if t == nil {
		return
	}
	r.columns = c.leaves
	e := f.evidence
	next, serial := f.next, f.serial
	*f = *newNode(f.name, t, []string{f.name}, 0, 0)
	f.next, f.serial = next, serial
	if e != nil {
		f.setEvidence(e)
	}
	for _, c := range f.leaves {
		c.pending = r.before
	}
	r.root.leaves = append(r.root.leaves, f.leaves...)
}

// value records the value at index i in n.
func (r *recorder) value(n *node, i uint32, rep uint8) {
	v := r.parser.node(i)
	if v.kind == jsonNull {
		r.null(n, rep)
		return
	}
	fits := false
	switch n.kind {
	case Struct:
		if fits = v.kind == jsonObject; fits {
			r.object(n, i, rep)
		}
	case List:
		if fits = v.kind == jsonArray; fits {
			r.list(n, v, rep)
		}
	case Map:
		if fits = v.kind == jsonObject; fits {
			r.mapping(n, i, rep)
		}
	case None:
	default:
		fits = r.scalar(n, v, rep)
	}
	if fits {
		return
	}
	n.countHere()
	r.parser.observe(n.evidence, i)
	r.rescue.keep(v)
	r.null(n, rep)
}

// scalar records a value in a scalar column, if it fits.
func (r *recorder) scalar(n *node, v *value, rep uint8) bool {
	c := n.column
	literal := r.parser.literal(v)
	switch n.kind {
	case Bool:
		if v.kind != jsonBool {
			return false
		}
		c.present(r.row, rep)
		c.values = append(c.values, boolByte(literal[0] == 't'))
	case Int64:
		if v.kind != jsonInteger {
			return false
		}
		x := readNumber(literal, v.kind)
		if x.class != classInt && x.class != classIntOnly {
			return false
		}
		c.addInt(x.integer, r.row, rep, r.record)
	case Double:
		if v.kind != jsonInteger && v.kind != jsonFloat {
			return false
		}
		x := readNumber(literal, v.kind)
		switch x.class {
		case classFloat, classInt:
			c.addDouble(x.double, x.class == classInt, r.row, rep, r.record)
		case classDoubleInt:
			n.countHere()
			if n.evidence != nil {
				n.evidence.add(classDoubleInt, 1)
			}
			c.direct++
			c.addDouble(x.double, false, r.row, rep, r.record)
		default:
			return false
		}
	case String:
		if v.kind != jsonString {
			return false
		}
		text, ok := r.parser.text(v)
		if !ok {
			return false
		}
		c.present(r.row, rep)
		c.values = appendBytes(c.values, text)
	default:
		text := literal
		if v.kind == jsonString {
			text, _ = r.parser.text(v) // one that is not UTF-8 does not parse
		} else if n.kind != Decimal || v.kind != jsonInteger && v.kind != jsonFloat {
			return false
		}
		return r.declaredText(c, n.typ, text, rep)
	}
	return true
}

// list records an array.
func (r *recorder) list(n *node, v *value, rep uint8) {
	n.present.add(r.record)
	if v.child == 0 {
		for _, c := range n.leaves {
			c.absent(r.row, rep, n.level)
		}
		return
	}
	index := 0
	for child := v.child; child != 0; child = r.parser.node(child).next {
		r.rescue.enterIndex(index)
		r.value(n.elem, child, rep)
		r.rescue.leaveDynamic()
		rep = n.rep
		index++
	}
}

// mapping records an object as a map. Keys are data here, not names: none is refused but one that is no UTF-8.
func (r *recorder) mapping(n *node, i uint32, rep uint8) {
	n.present.add(r.record)
	p := &r.parser
	p.findRepeats(i)
	empty := true
	for child := p.node(i).child; child != 0; child = p.node(child).next {
		m := p.node(child)
		key := p.key(m)
		r.rescue.enterMapKey(key)
		switch {
		case m.repeated:
			r.rescue.keepRepeated(m)
		case !utf8.ValidString(key):
			r.rescue.keep(m)
		default:
			n.keys.present(r.row, rep)
			n.keys.values = appendBytes(n.keys.values, []byte(key))
			r.value(n.elem, child, rep)
			rep, empty = n.rep, false
		}
		r.rescue.leaveDynamic()
	}
	if empty {
		for _, c := range n.leaves {
			c.absent(r.row, rep, n.level)
		}
	}
}

func boolByte(b bool) byte {
	if b {
		return 1
	}
	return 0
}
