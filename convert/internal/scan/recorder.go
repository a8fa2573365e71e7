package scan

import (
	"unicode/utf8"

	"ndjson-parquet/convert/internal/infer"
	"ndjson-parquet/convert/internal/parquetschema"
	"ndjson-parquet/convert/schema"
)

// A Recorder records the records of a span in columns. It uses the scanner where it can. A record
// that the scanner gives up is parsed into a tree; the recorder then gathers evidence from the tree
// and rescues the values that do not fit.
type Recorder struct {
	scanner
	parser   parser
	Evidence *infer.Evidence
	frozen   bool // the schema is final, and new names get no column
	given    *schema.Schema
	limits   Limits
	extended bool // names have been added to the schema
	columns  int  // leaf columns that may still be added
	before   int  // rows of the span before the current block
	newline  int  // position of a newline of the block; see lineEnd

	rescued *column // _rescued_data
	misfits []*Misfit
	placed  int // number of misfits that NewMisfits has returned
}

// NewRecorder returns a recorder that expects the columns of s, of which those in base are certain.
// Unless frozen is set, it adds columns for new names where that is possible.
func NewRecorder(s, base *schema.Schema, l Limits, frozen bool) *Recorder {
	r := &Recorder{given: s, frozen: frozen, limits: l,
		parser: parser{maxDepth: l.Depth, caseSensitive: l.CaseSensitive}}
	if frozen {
		base = nil
	}
	r.root = newLayout(s, base)
	r.columns = l.Columns - len(r.root.leaves)
	r.rescued = newColumn(parquetschema.RescuedData)
	r.Reset()
	return r
}

// Limits are the limits of a recorder.
type Limits struct {
	Depth     int // nested objects and arrays in a record
	Columns   int // leaf columns
	LineBytes int // length of a line without the newline
	// CaseSensitive is set if a key must equal the name of its column. Otherwise it may differ in
	// case.
	CaseSensitive bool
}

// NewEvidence returns evidence of whole records.
func (l *Limits) NewEvidence() *infer.Evidence {
	return infer.NewEvidence(l.Columns, l.CaseSensitive)
}

// Suits reports whether the recorder can be used, after Reset, instead of a new one with the same
// arguments.
func (r *Recorder) Suits(s *schema.Schema, frozen bool) bool {
	return r.given == s && r.frozen == frozen && !r.extended
}

// Reset prepares the recorder for another span.
func (r *Recorder) Reset() {
	r.Evidence = r.limits.NewEvidence()
	r.root.forget()
	r.root.evidence = r.Evidence
	r.rescued.forget()
	r.row, r.before = 0, 0
	r.misfits, r.placed = nil, 0
}

// endRow completes a row with its rescued values.
func (r *Recorder) endRow() {
	if r.rescue.count > 0 {
		r.rescued.present(r.row, 0)
		r.rescued.values = AppendBytes(r.rescued.values, r.rescue.finish())
	}
	r.row++
}

// object records the object with index i in the tree.
func (r *Recorder) object(n *node, i uint32, rep uint8) {
	r.serial++
	serial := r.serial
	if n != r.root {
		n.present.add(r.record)
	}
	found, members := 0, 0
	p := &r.parser
	p.findRepeats(i)
	for child := p.node(i).child; child != 0; child = p.node(child).next {
		m := p.node(child)
		key := p.key(m)
		r.rescue.enterKey(key)
		if !m.repeated {
			members++
		}
		var f *node
		switch {
		case m.repeated:
			if schema.ValidName(key, n == r.root) {
				n.evidence.Field(key) // the first occurrence determines the order of names
			}
			r.rescue.keepRepeated(m)
		case m.contested:
			f = r.contest(n, i, child, rep)
		default:
			if f = r.field(n, key, child); f != nil {
				r.fill(f, n.evidence, key, child, rep)
			}
		}
		if f != nil {
			f.serial = serial
			found++
		} else if m.kind != jsonNull && !m.repeated {
			r.rescue.keep(m)
		}
		r.rescue.leave()
	}
	if n != r.root {
		n.members.addMany(r.record, members)
	}
	r.missing(n, found, serial, rep)
}

// fill records the value with index i in the field f, where it has that key. e is the evidence of
// the struct.
func (r *Recorder) fill(f *node, e *infer.Evidence, key string, i uint32, rep uint8) {
	if f.serial == neverMet {
		f.setEvidence(e.Place(key)) // for the first time in this span
	}
	if !f.aliased {
		r.value(f, i, rep)
		return
	}
	r.rescue.dynamic++
	r.value(f, i, rep)
	r.rescue.dynamic--
}

// field returns the field of a key, which is added if it is new and that is possible. If it returns
// nil, the value with index i must be rescued.
func (r *Recorder) field(n *node, key string, i uint32) *node {
	if f := r.known(n, key); f != nil {
		if f.kind == schema.None && n == r.root && r.parser.node(i).kind != jsonNull {
			r.giveType(f, i)
		}
		return f
	}
	if !schema.ValidName(key, n == r.root) {
		return nil
	}
	e := n.evidence.Field(key)
	if e == nil {
		r.parser.observe(n.evidence.Rest(), i)
		return nil
	}
	if r.limits.CaseSensitive && n.byFold[schema.FoldName(key)] != nil {
		r.parser.observe(e, i)
		return nil
	}
	r.extended = true
	f := newNode(e.Name, nil, nil, n.level, 0) // from now on the scanner knows the name and accepts nulls
	if r.rescue.dynamic == 0 {
		f.pointer = string(r.rescue.pointer)
	}
	n.addChild(f)
	if n == r.root {
		r.giveType(f, i)
	}
	return f
}

// giveType turns a top-level field that had only nulls into a column of the type of the value with
// index i. Earlier rows are null in it. A field of a struct cannot be added so late, because the
// levels of its nulls would be unknown.
func (r *Recorder) giveType(f *node, i uint32) {
	f.countHere()
	if r.frozen || f.evidence != nil && f.evidence.Total() > 0 {
		return // an earlier value was rescued, so that the span must be processed again anyway
	}
	first := infer.NewEvidence(r.columns, r.limits.CaseSensitive)
	r.parser.observe(first, i)
	t, left := infer.Choose(first, r.columns)
	if t == nil {
		return
	}
	r.columns = left
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

// value records the value with index i in n.
func (r *Recorder) value(n *node, i uint32, rep uint8) {
	v := r.parser.node(i)
	if v.kind == jsonNull {
		r.null(n, rep)
		return
	}
	fits := false
	switch n.kind {
	case schema.Struct:
		if fits = v.kind == jsonObject; fits {
			r.object(n, i, rep)
		}
	case schema.List:
		if fits = v.kind == jsonArray; fits {
			r.list(n, v, rep)
		}
	case schema.Map:
		if fits = v.kind == jsonObject; fits {
			r.mapping(n, i, rep)
		}
	case schema.None:
	default:
		fits = r.scalar(n, v, rep)
	}
	if fits {
		return
	}
	n.countHere()
	r.parser.observe(n.evidence, i)
	r.misfit(n, v)
	r.rescue.keep(v)
	r.null(n, rep)
}

// scalar records a value in a scalar column and reports whether it fits.
func (r *Recorder) scalar(n *node, v *value, rep uint8) bool {
	c := n.column
	literal := r.parser.literal(v)
	switch n.kind {
	case schema.Bool:
		if v.kind != jsonBool {
			return false
		}
		c.present(r.row, rep)
		c.values = append(c.values, boolByte(literal[0] == 't'))
	case schema.Int64:
		if v.kind == jsonFloat {
			return r.integralFloat(n, literal, rep)
		}
		if v.kind != jsonInteger {
			return false
		}
		x := readNumber(literal, v.kind)
		if x.class != infer.ClassInt && x.class != infer.ClassIntOnly {
			return false
		}
		c.addInt(x.integer, r.row, rep, r.record)
	case schema.Double:
		if v.kind != jsonInteger && v.kind != jsonFloat {
			return false
		}
		x := readNumber(literal, v.kind)
		switch x.class {
		case infer.ClassFloat, infer.ClassInt:
			c.addDouble(x.double, x.class == infer.ClassInt, r.row, rep, r.record)
		case infer.ClassDoubleInt:
			n.countHere()
			if n.evidence != nil {
				n.evidence.Add(infer.ClassDoubleInt, 1)
			}
			c.direct++
			c.addDouble(x.double, false, r.row, rep, r.record)
		default:
			return false
		}
	case schema.String:
		if v.kind != jsonString {
			return false
		}
		text, ok := r.parser.text(v)
		if !ok {
			return false
		}
		c.present(r.row, rep)
		c.values = AppendBytes(c.values, text)
	default:
		text := literal
		if v.kind == jsonString {
			text, _ = r.parser.text(v) // a text that is not UTF-8 has none of the forms
		} else if !takesNumbers(n.typ) || v.kind != jsonInteger && v.kind != jsonFloat {
			return false
		}
		return r.declaredText(c, n.typ, text, rep)
	}
	return true
}

// list records an array.
func (r *Recorder) list(n *node, v *value, rep uint8) {
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

// mapping records an object as a map. Its keys are data, not names: a key is rescued only if it is
// not UTF-8.
func (r *Recorder) mapping(n *node, i uint32, rep uint8) {
	n.present.add(r.record)
	p := &r.parser
	if n.direct {
		p.findRepeats(i)
	} else {
		p.observe(n.evidence, i) // which finds repeats, too
	}
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
			n.keys.values = AppendBytes(n.keys.values, []byte(key))
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
