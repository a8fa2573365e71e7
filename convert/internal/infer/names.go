package infer

import (
	"strings"

	"ndjson-parquet/convert/schema"
)

// Field returns the evidence of a name, which is added if it is new. It returns nil if there is no
// room for another name, and if e is nil.
func (e *Evidence) Field(name string) *Evidence {
	if e == nil {
		return nil
	}
	if f := e.Find(name); f != nil {
		return f
	}
	if !e.takeName() {
		return nil
	}
	if e.bySpelling == nil {
		e.bySpelling = map[string]*Evidence{}
		if !e.tree.exact {
			e.byFold = map[string]*Evidence{}
		}
	}
	f := &Evidence{Name: strings.Clone(name), tree: e.tree}
	e.fields = append(e.fields, f)
	e.bySpelling[f.Name] = f
	if !e.tree.exact {
		e.byFold[schema.FoldName(f.Name)] = f
	}
	return f
}

// takeName reports whether there is room for another name.
func (e *Evidence) takeName() bool {
	if e.root {
		return len(e.fields) < e.tree.columns
	}
	if e.tree.left == 0 || len(e.fields) >= e.tree.perPlace {
		return false
	}
	e.tree.left--
	return true
}

// Rest returns the evidence of the values of names for which there is no room. It is nil for whole
// records, whose further names are ignored.
func (e *Evidence) Rest() *Evidence {
	if e == nil || e.root {
		return nil
	}
	if e.rest == nil {
		e.rest = &Evidence{tree: e.tree}
	}
	return e.rest
}

// Place returns the evidence of a name like Field, or where there is no room, Rest.
func (e *Evidence) Place(name string) *Evidence {
	if f := e.Field(name); f != nil {
		return f
	}
	return e.Rest()
}

// Find returns the evidence of a name, or nil if there is none.
func (e *Evidence) Find(name string) *Evidence {
	if e == nil {
		return nil
	}
	if f := e.bySpelling[name]; f != nil || e.byFold == nil {
		return f
	}
	f := e.byFold[schema.FoldName(name)]
	if f != nil && len(e.bySpelling) < maxSpellings*len(e.fields) {
		e.bySpelling[strings.Clone(name)] = f
	}
	return f
}

// maxSpellings is the mean number of spellings of a name that are remembered, so that they need not
// be folded again.
const maxSpellings = 4

// Contested returns the evidence of the values that a spelling of e's name has in objects that have
// several spellings of the name.
func (e *Evidence) Contested(spelling string) *Evidence {
	if e == nil || e.Name == "" {
		return e // Rest does not distinguish names
	}
	for _, c := range e.contested {
		if c.Name == spelling {
			return c
		}
	}
	if e.tree.left == 0 {
		return &Evidence{tree: e.tree} // its values count for nothing
	}
	e.tree.left--
	c := &Evidence{Name: strings.Clone(spelling), tree: e.tree}
	e.contested = append(e.contested, c)
	return c
}

// of returns the values that fill a column or field of that name: all of e, except those of other
// spellings in objects that have several.
func (e *Evidence) of(name string) *Evidence {
	if e == nil || len(e.contested) == 0 {
		return e
	}
	all := unlimited(e.tree.exact)
	uncontested := *e
	uncontested.contested = nil
	all.Merge(&uncontested)
	for _, c := range e.contested {
		if c.Name == name {
			all.Merge(c)
		}
	}
	return all
}

// unlimited returns evidence that has room for every name.
func unlimited(exact bool) *Evidence {
	const all = 1 << 30
	return &Evidence{tree: &tree{left: all, perPlace: all, exact: exact}}
}

// SameLayout reports whether the columns that have values, by the evidence e of whole records, have
// the same names in a and b, and types of the same layout.
func (e *Evidence) SameLayout(a, b *schema.Schema) bool {
	x, y := e.columns(a), e.columns(b)
	for _, f := range e.fields {
		if f.Total() == 0 {
			continue
		}
		c, d := x[f], y[f]
		if (c == nil) != (d == nil) || c != nil && (c.Name != d.Name || !c.Type.SameLayout(&d.Type)) {
			return false
		}
	}
	return true
}

// columns returns the columns of s by their evidence.
func (e *Evidence) columns(s *schema.Schema) map[*Evidence]*schema.Field {
	columns := make(map[*Evidence]*schema.Field, len(s.Columns))
	for i := range s.Columns {
		if f := e.Find(s.Columns[i].Name); f != nil {
			columns[f] = &s.Columns[i]
		}
	}
	return columns
}
