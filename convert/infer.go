package convert

import (
	"math/bits"
	"strings"
)

// A class is a kind of JSON value as far as typing tells them apart.
type class uint8

const (
	classBool      class = iota
	classInt             // an integer that both bigint and double hold
	classIntOnly         // an integer that only bigint holds
	classDoubleInt       // an integer beyond 64 bits that double holds
	classFloat           // a float literal that double holds
	classString
	classObject
	classArray
	classOther // a value that no type holds: 1e400, a lone surrogate
	numClasses
)

// fits says which classes a column of a learnt kind holds.
var fits = [...]uint16{
	Bool:   1 << classBool,
	Int64:  1<<classInt | 1<<classIntOnly,
	Double: 1<<classInt | 1<<classDoubleInt | 1<<classFloat,
	String: 1 << classString,
	Struct: 1 << classObject,
	List:   1 << classArray,
}

// candidates are the kinds that can be learnt, in the order in which ties between them are broken when they were seen
// at the same time.
var candidates = [...]Kind{Bool, Int64, Double, String, Struct, List}

// evidence is what is known about one name (or about all elements of a list): how many values of each class occurred,
// in which order the classes came, and the same of what lies below. It is what a type is chosen from.
type evidence struct {
	name   string
	counts [numClasses]int64
	order  [numClasses]uint8 // 1 for the class that came first; 0: has not come
	seen   uint8             // how many classes came

	fields []*evidence // of objects, in order of first appearance
	byName map[string]*evidence
	elem   *evidence // of arrays
	budget *budget   // shared by all of a tree
}

// newEvidence returns the evidence about whole records. It tells at most names names apart and learns nothing of others.
func newEvidence(names int) *evidence { return &evidence{budget: &budget{names}} }

type budget struct{ left int }

// add counts n values of a class.
func (e *evidence) add(c class, n int64) {
	if e.order[c] == 0 {
		e.seen++
		e.order[c] = e.seen
	}
	e.counts[c] += n
}

// total is the number of values other than null.
func (e *evidence) total() int64 {
	var n int64
	for _, count := range e.counts {
		n += count
	}
	return n
}

// field returns the evidence for a name, making room for one not met before. It returns nil if there is no room, or e is
// nil itself.
func (e *evidence) field(name string) *evidence {
	if e == nil {
		return nil
	}
	if f := e.byName[name]; f != nil {
		return f
	}
	if e.budget.left == 0 {
		return nil
	}
	e.budget.left--
	if e.byName == nil {
		e.byName = map[string]*evidence{}
	}
	f := &evidence{name: strings.Clone(name), budget: e.budget}
	e.fields = append(e.fields, f)
	e.byName[f.name] = f
	return f
}

// element returns the evidence for a list's elements.
func (e *evidence) element() *evidence {
	if e == nil {
		return nil
	}
	if e.elem == nil {
		e.elem = &evidence{budget: e.budget}
	}
	return e.elem
}

// merge adds what came after e.
func (e *evidence) merge(later *evidence) {
	if e == nil {
		return
	}
	for rank := uint8(1); rank <= later.seen; rank++ {
		for c := range numClasses {
			if later.order[c] == rank {
				e.add(c, later.counts[c])
			}
		}
	}
	for _, f := range later.fields {
		e.field(f.name).merge(f)
	}
	if later.elem != nil {
		e.element().merge(later.elem)
	}
}

// maxLevel is the deepest definition level of a column; what is nested deeper (some 30 lists of structs in one another)
// has no column of its own and is rescued. Readers give up long before.
const maxLevel = 100

// chooser turns evidence into types.
type chooser struct {
	leaves int // columns left
}

// choose returns the type that rescues the fewest of e's values, or nil if there is none. fixed is the published type,
// nil if there is none. level is the definition level around the value.
func (c *chooser) choose(e *evidence, fixed *Type, level int) *Type {
	if fixed != nil {
		return c.extend(e, fixed, level)
	}
	if e == nil || c.leaves <= 0 || level >= maxLevel {
		return nil
	}
	total := e.total()
	if total == 0 {
		return nil
	}
	var best *Type
	var bestCost int64
	var bestFirst uint8
	start := c.leaves
	left := start
	for _, kind := range candidates {
		cost, first := total, uint8(255)
		for classes := fits[kind]; classes != 0; classes &= classes - 1 {
			class := bits.TrailingZeros16(classes)
			cost -= e.counts[class]
			if e.order[class] > 0 {
				first = min(first, e.order[class])
			}
		}
		if first == 255 || best != nil && (cost > bestCost || cost == bestCost && first >= bestFirst) {
			continue
		}
		c.leaves = start
		t := c.typeOf(kind, e, level)
		if t == nil {
			continue
		}
		best, bestCost, bestFirst, left = t, cost, first, c.leaves
	}
	c.leaves = left
	return best
}

// typeOf makes the type of a kind, or returns nil if nothing below it has a type.
func (c *chooser) typeOf(kind Kind, e *evidence, level int) *Type {
	switch kind {
	case Struct:
		fields := c.fields(e, nil, level+1)
		if len(fields) == 0 {
			return nil
		}
		return &Type{Kind: Struct, Fields: fields}
	case List:
		elem := c.choose(e.elem, nil, level+2)
		if elem == nil {
			return nil
		}
		return &Type{Kind: List, Elem: elem}
	}
	c.leaves--
	return &Type{Kind: kind}
}

// extend returns fixed with the fields that were learnt inside it.
func (c *chooser) extend(e *evidence, fixed *Type, level int) *Type {
	switch fixed.Kind {
	case Struct:
		return &Type{Kind: Struct, Fields: c.fields(e, fixed.Fields, level+1)}
	case List:
		var elem *evidence
		if e != nil {
			elem = e.elem
		}
		return &Type{Kind: List, Elem: c.choose(elem, fixed.Elem, level+2)}
	}
	c.leaves -= fixed.leaves()
	return fixed
}

// fields returns the published fields, extended, and behind them those that e gives a type.
func (c *chooser) fields(e *evidence, published []Field, level int) []Field {
	var fields []Field
	var below map[string]*evidence
	if e != nil {
		below = e.byName
	}
	taken := make(map[string]bool, len(published)+len(below))
	for _, f := range published {
		fields = append(fields, Field{f.Name, *c.choose(below[f.Name], &f.Type, level)})
		taken[FoldName(f.Name)] = true
	}
	if e == nil {
		return fields
	}
	for _, f := range e.fields {
		// Of names that differ only in case the first takes all.
		fold := FoldName(f.name)
		if taken[fold] {
			continue
		}
		taken[fold] = true
		if t := c.choose(f, nil, level); t != nil {
			fields = append(fields, Field{f.name, *t})
		}
	}
	return fields
}

// learn returns the schema that the evidence about whole records calls for, base first.
func learn(records *evidence, base *Schema, maxColumns int) *Schema {
	var published []Field
	if base != nil {
		published = base.Columns
	}
	c := chooser{leaves: maxColumns}
	return &Schema{Columns: c.fields(records, published, 0)}
}
