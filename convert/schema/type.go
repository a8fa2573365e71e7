package schema

// Leaves returns the number of leaf columns that values of the type take in a Parquet file.
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

func (s *Schema) list() []Field {
	if s == nil {
		return nil
	}
	return s.Columns
}

// Column returns the type of the column of that name, or nil if there is none.
func (s *Schema) Column(name string) *Type {
	for i := range s.list() {
		if s.Columns[i].Name == name {
			return &s.Columns[i].Type
		}
	}
	return nil
}

// Field returns the type of the struct field of that name, or nil if there is none.
func (t *Type) Field(name string) *Type {
	if f := findField(t.Fields, name); f != nil {
		return &f.Type
	}
	return nil
}

// sameKind reports whether t and u are equal except for the types inside them.
func (t *Type) sameKind(u *Type) bool {
	return t.Kind == u.Kind && t.Precision == u.Precision && t.Scale == u.Scale && t.Epoch == u.Epoch
}

// SameLayout reports whether t and u are equal except for the order of struct fields. Values of
// such types have the same leaf columns. A nil Type equals only nil.
func (t *Type) SameLayout(u *Type) bool {
	if t == nil || u == nil {
		return t == u
	}
	if !t.sameKind(u) || len(t.Fields) != len(u.Fields) ||
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
