// Package infer chooses the types of columns. While records are read, [Evidence] counts which classes of values occur at each
// place; [Learn] then gives each place the type that loses the fewest values.
package infer

import (
	"strings"

	"ndjson-parquet/convert/schema"
)

// A Class is a kind of JSON value as far as typing tells them apart.
type Class uint8

// The classes.
const (
	ClassBool      Class = iota
	ClassInt             // an integer that both bigint and double hold
	ClassIntOnly         // an integer that only bigint holds
	ClassDoubleInt       // an integer beyond 64 bits that double holds
	ClassFloat           // a float literal that double holds
	ClassString
	ClassObject
	ClassArray
	ClassOther // a value that no type holds: 1e400, a lone surrogate
	numClasses
)

// Evidence is what is known about one name (or about all elements of a list): how many values of each class occurred,
// in which order the classes came, and the same of what lies below. It is what a type is chosen from.
type Evidence struct {
	Name   string
	counts [numClasses]int64
	order  [numClasses]uint8 // 1 for the class that came first; 0: has not come
	seen   uint8             // how many classes came

	fields []*Evidence // of objects, in order of first appearance
	byName map[string]*Evidence
	elem   *Evidence // of arrays
	budget *budget   // shared by all of a tree
}

// NewEvidence returns the evidence about whole records. It tells at most names names apart and learns nothing of others.
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

// Total is the number of values other than null.
func (e *Evidence) Total() int64 {
	var n int64
	for _, count := range e.counts {
		n += count
	}
	return n
}

// Field returns the evidence for a name, making room for one not met before. It returns nil if there is no room, or e is
// nil itself.
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

// Element returns the evidence for a list's elements.
func (e *Evidence) Element() *Evidence {
	if e == nil {
		return nil
	}
	if e.elem == nil {
		e.elem = &Evidence{budget: e.budget}
	}
	return e.elem
}

// Merge adds what came after e.
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

// SameLayout reports whether all columns that have values in records' evidence e have the same layout in a and in b.
func (e *Evidence) SameLayout(a, b *schema.Schema) bool {
	for _, f := range e.fields {
		if f.Total() > 0 && !a.Column(f.Name).SameLayout(b.Column(f.Name)) {
			return false
		}
	}
	return true
}
