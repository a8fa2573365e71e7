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

	// members is the number of members of the objects, whether null or not, without repeated keys.
	members    int64
	fields     []*Evidence          // of objects, in the order of their first appearance
	bySpelling map[string]*Evidence // the fields by the spellings that have been looked up
	byFold     map[string]*Evidence // the fields by folded name, unless the tree is case-sensitive
	// contested has, by spelling, the values in objects that have several spellings of the name.
	// Only those of the spelling that becomes the column's name count.
	contested []*Evidence
	rest      *Evidence // the values of names for which there was no room
	elem      *Evidence // of arrays
	tree      *tree
	root      bool // of whole records
}

// A tree is what the places of whole records have in common.
type tree struct {
	left     int // names that may still be added below the columns
	perPlace int // names at a place below the columns
	columns  int // names of columns
	exact    bool
}

// maxNames is how many names evidence distinguishes for each column that there can be, because not
// every name becomes a column.
const maxNames = 8

// NewEvidence returns evidence of whole records, for a schema of at most so many leaf columns. It
// distinguishes a limited number of names. If caseSensitive is set, names that differ only in case
// are different places.
func NewEvidence(columns int, caseSensitive bool) *Evidence {
	return &Evidence{root: true, tree: &tree{left: maxNames * columns, perPlace: columns, columns: maxNames * columns,
		exact: caseSensitive}}
}

// Add counts n values of a class.
func (e *Evidence) Add(c Class, n int64) {
	if e.order[c] == 0 {
		e.seen++
		e.order[c] = e.seen
	}
	e.counts[c] += n
}

// AddMembers counts n members of objects.
func (e *Evidence) AddMembers(n int64) {
	if e != nil {
		e.members += n
	}
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

// Objects returns the number of objects.
func (e *Evidence) Objects() int64 { return e.counts[ClassObject] }

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
func (e *Evidence) Merge(later *Evidence) { e.merge(later, true) }

// merge adds evidence. If ordered is not set, the order in which the classes of later came is not
// known, and has no influence.
func (e *Evidence) merge(later *Evidence, ordered bool) {
	if e == nil || later == nil {
		return
	}
	if ordered {
		for rank := uint8(1); rank <= later.seen; rank++ {
			for c := range numClasses {
				if later.order[c] == rank {
					e.Add(c, later.counts[c])
				}
			}
		}
	} else {
		for c := range numClasses {
			if later.order[c] > 0 {
				e.Add(c, later.counts[c])
			}
		}
	}
	e.members += later.members
	for _, f := range later.fields {
		e.Place(f.Name).merge(f, ordered)
	}
	for _, c := range later.contested {
		e.Contested(c.Name).merge(c, ordered)
	}
	if later.rest != nil {
		e.Rest().merge(later.rest, ordered)
	}
	if later.elem != nil {
		e.Element().merge(later.elem, ordered)
	}
}

// Columns returns the evidence of whole records without the places below the columns. It is enough
// for SameLayout, and takes little memory.
func (e *Evidence) Columns() *Evidence {
	columns := &Evidence{root: true, tree: &tree{columns: len(e.fields), exact: e.tree.exact}}
	for _, f := range e.fields {
		columns.Field(f.Name).Add(ClassOther, f.Total())
	}
	return columns
}
