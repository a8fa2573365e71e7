package schema

// Leaves is the number of leaf columns a type takes.
func (t *Type) Leaves() int {
	switch t.Kind {
	case Struct:
		n := 0
		for i := range t.Fields {
			n += t.Fields[i].Type.Leaves()
		}
		return n
	case List:
		return t.Elem.Leaves()
	case Map:
		return 1 + t.Elem.Leaves()
	}
	return 1
}

func (s *Schema) columns() []Field {
	if s == nil {
		return nil
	}
	return s.Columns
}

// Column returns the type of a column, or nil if there is none of that name.
func (s *Schema) Column(name string) *Type {
	for i := range s.columns() {
		if s.Columns[i].Name == name {
			return &s.Columns[i].Type
		}
	}
	return nil
}

// SameLayout reports whether two types store the same values in the same leaves: they are equal but for the order of
// struct fields.
func (t *Type) SameLayout(u *Type) bool {
	if t == nil || u == nil {
		return t == u
	}
	if t.Kind != u.Kind || t.Precision != u.Precision || t.Scale != u.Scale || len(t.Fields) != len(u.Fields) ||
		!t.Elem.SameLayout(u.Elem) {
		return false
	}
	for i := range t.Fields {
		f := &t.Fields[i]
		g := &u.Fields[i]
		if f.Name != g.Name {
			if g = findField(u.Fields, f.Name); g == nil {
				return false
			}
		}
		if !f.Type.SameLayout(&g.Type) {
			return false
		}
	}
	return true
}

func findField(fields []Field, name string) *Field {
	for i := range fields {
		if fields[i].Name == name {
			return &fields[i]
		}
	}
	return nil
}
