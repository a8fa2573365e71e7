package schema

import (
	"fmt"
	"slices"
)

// Equal reports whether two types are the same, their struct fields in the same order.
func (t *Type) Equal(u *Type) bool {
	if t == nil || u == nil {
		return t == u
	}
	return t.sameKind(u) && t.Elem.Equal(u.Elem) && slices.EqualFunc(t.Fields, u.Fields, Field.Equal)
}

// Equal reports whether two fields have the same name and type.
func (f Field) Equal(g Field) bool { return f.Name == g.Name && f.Type.Equal(&g.Type) }

// Equal reports whether two schemas have the same columns in the same order. A nil schema has none.
func (s *Schema) Equal(t *Schema) bool {
	return slices.EqualFunc(s.list(), t.list(), Field.Equal)
}

// Covers reports whether s has every column and struct field of other, with the same type.
func (s *Schema) Covers(other *Schema) bool {
	merged, err := s.Merge(other)
	return err == nil && merged.Equal(s)
}

// Merge returns s extended by the columns and struct fields, at any depth, that only other has.
// They follow those of s, in other's order. It is an error if a column or field has different types
// in s and other, or names that differ only in case. Neither schema is changed.
func (s *Schema) Merge(other *Schema) (*Schema, error) {
	columns, err := mergeFields(s.list(), other.list(), "")
	if err != nil {
		return nil, err
	}
	return &Schema{Columns: columns}, nil
}

func mergeFields(base, other []Field, path string) ([]Field, error) {
	merged := slices.Clone(base)
	index := make(map[string]int, len(base))
	for i, f := range base {
		index[FoldName(f.Name)] = i
	}
	for _, f := range other {
		i, known := index[FoldName(f.Name)]
		if !known {
			index[FoldName(f.Name)] = len(merged)
			merged = append(merged, f)
			continue
		}
		if merged[i].Name != f.Name {
			return nil, fmt.Errorf("column %s%s is already spelt %s", path, f.Name, merged[i].Name)
		}
		t, err := mergeTypes(merged[i].Type, f.Type, path+f.Name)
		if err != nil {
			return nil, err
		}
		merged[i].Type = t
	}
	return merged, nil
}

func mergeTypes(base, other Type, path string) (Type, error) {
	if !base.sameKind(&other) {
		return base, fmt.Errorf("column %s is %s, not %s", path, base.DDL(), other.DDL())
	}
	merged := base
	switch base.Kind {
	case Struct:
		fields, err := mergeFields(base.Fields, other.Fields, path+".")
		if err != nil {
			return base, err
		}
		merged.Fields = fields
	case List, Map:
		elem, err := mergeTypes(*base.Elem, *other.Elem, path+"[]")
		if err != nil {
			return base, err
		}
		merged.Elem = &elem
	}
	return merged, nil
}
