// Package infer chooses the types of columns. While records are read, [Evidence] counts which
// classes of values occur at each place; [Learn] then gives each place the type that loses the
// fewest values.
package infer

import (
	"strings"

	"ndjson-parquet/convert/schema"
)

// A Class is a kind of JSON value, as far as the choice of a type depends on it.
type Class uint8

// The classes.
const (
	ClassBool      Class = iota
	ClassInt             // an integer that both bigint and double represent exactly
	ClassIntOnly         // an integer that only bigint represents exactly
	ClassDoubleInt       // an integer beyond 64 bits that double represents exactly
	ClassFloat           // a number with a fraction or exponent that double represents
	ClassString
	ClassObject
	ClassArray
	ClassOther // a value that fits no type: 1e400, a lone surrogate
	numClasses
)

// Evidence is what has been seen at one place of the records, a name or the elements of a list: how
// many values of each class occurred, in which order the classes came, and the evidence of the
// places below. Types are chosen from it. A nil Evidence ignores what it is told.
type Evidence struct {
	Name   string
	counts [numClasses]int64
	order  [numClasses]uint8 // 1 for the class that came first, 0 for one that has not come
	seen   uint8             // number of classes that have come

	fields []*Evidence // of objects, in the order of their first appearance
	byName map[string]*Evidence
	elem   *Evidence // of arrays
	budget *budget   // shared by the whole tree
}

// NewEvidence returns evidence of whole records. It distinguishes at most names names and ignores
// others.
func NewEvidence(names int) *Evidence { return &Evidence{budget: &budget{names}} }

type budget struct{ left int }

// Add counts n values of a class.
func (e *Evidence) Add(c Class, n int64) {
	if e.order[c] == 0 {
		e.seen++
		e.order[c] = e.seen
	}
	e.counts[c] += n
}

// Total returns the number of values other than null.
func (e *Evidence) Total() int64 {
	var n int64
	for _, count := range e.counts {
		n += count
	}
	return n
}

// Field returns the evidence of a name, which is added if it is new. It returns nil if there is no
// room for another name, and if e is nil.
func (e *Evidence) Field(name string) *Evidence {
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
		e.byName = map[string]*Evidence{}
	}
	f := &Evidence{Name: strings.Clone(name), budget: e.budget}
	e.fields = append(e.fields, f)
	e.byName[f.Name] = f
	return f
}

// Find returns the evidence of a name, or nil if there is none.
func (e *Evidence) Find(name string) *Evidence {
	if e == nil {
		return nil
	}
	return e.byName[name]
}

// Element returns the evidence of a list's elements.
func (e *Evidence) Element() *Evidence {
	if e == nil {
		return nil
	}
	if e.elem == nil {
		e.elem = &Evidence{budget: e.budget}
	}
	return e.elem
}

// Merge adds evidence of records that follow those of e.
func (e *Evidence) Merge(later *Evidence) {
	if e == nil {
		return
	}
	for rank := uint8(1); rank <= later.seen; rank++ {
		for c := range numClasses {
			if later.order[c] == rank {
				e.Add(c, later.counts[c])
			}
		}
	}
	for _, f := range later.fields {
		e.Field(f.Name).Merge(f)
	}
	if later.elem != nil {
		e.Element().Merge(later.elem)
	}
}

// SameLayout reports whether the columns that have values, by the evidence e of whole records, have
// types of the same layout in a and b.
func (e *Evidence) SameLayout(a, b *schema.Schema) bool {
	for _, f := range e.fields {
		if f.Total() > 0 && !a.Column(f.Name).SameLayout(b.Column(f.Name)) {
			return false
		}
	}
	return true
}
