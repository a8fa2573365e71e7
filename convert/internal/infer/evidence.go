// Package infer chooses the types of columns. While records are read, [Evidence] counts which
// classes of values occur at each place; [Learn] then gives each place the type that loses the
// fewest values.
package infer

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
//
// Names that differ only in case share a place, unless the tree is case-sensitive.
type Evidence struct {
	Name   string // the first spelling
	counts [numClasses]int64
	order  [numClasses]uint8 // 1 for the class that came first, 0 for one that has not come
	seen   uint8             // number of classes that have come

	fields     []*Evidence          // of objects, in the order of their first appearance
	bySpelling map[string]*Evidence // the fields by the spellings that have been looked up
	byFold     map[string]*Evidence // the fields by folded name, unless the tree is case-sensitive
	// contested has, by spelling, the values in objects that have several spellings of the name.
	// Only those of the spelling that becomes the column's name count.
	contested []*Evidence
	elem      *Evidence // of arrays
	tree      *tree
}

// A tree is what the places of whole records have in common.
type tree struct {
	left  int // number of names that may still be added
	exact bool
}

// NewEvidence returns evidence of whole records. It distinguishes at most names names and ignores
// others. If caseSensitive is set, names that differ only in case are different places.
func NewEvidence(names int, caseSensitive bool) *Evidence {
	return &Evidence{tree: &tree{left: names, exact: caseSensitive}}
}

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
	if e == nil {
		return 0
	}
	var n int64
	for _, count := range e.counts {
		n += count
	}
	for _, c := range e.contested {
		n += c.Total()
	}
	return n
}

// Element returns the evidence of a list's elements.
func (e *Evidence) Element() *Evidence {
	if e == nil {
		return nil
	}
	if e.elem == nil {
		e.elem = &Evidence{tree: e.tree}
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
	for _, c := range later.contested {
		e.Contested(c.Name).Merge(c)
	}
	if later.elem != nil {
		e.Element().Merge(later.elem)
	}
}
