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
	return t.Kind == u.Kind && t.Precision == u.Precision && t.Scale == u.Scale && t.Elem.Equal(u.Elem) &&
		slices.EqualFunc(t.Fields, u.Fields, Field.Equal)
}

// Equal reports whether two fields have the same name and type.
func (f Field) Equal(g Field) bool { return f.Name == g.Name && f.Type.Equal(&g.Type) }

// Equal reports whether two schemas have the same columns in the same order. A nil schema has none.
func (s *Schema) Equal(t *Schema) bool {
	return slices.EqualFunc(s.columns(), t.columns(), Field.Equal)
}

// Covers reports whether every column of other, with all its fields, is in s with the same type.
func (s *Schema) Covers(other *Schema) bool {
	merged, err := s.Merge(other)
	return err == nil && merged.Equal(s)
}

// Merge returns s extended with what only other has: new columns, and new fields of structs at any depth, behind those of
// s and in other's order. It is an error if a column or field has another type in other, or a name that differs only in
// case. Neither schema is changed.
func (s *Schema) Merge(other *Schema) (*Schema, error) {
	columns, err := mergeFields(s.columns(), other.columns(), "")
	if err != nil {
		return nil, err
	}
	return &Schema{Columns: columns}, nil
}

func mergeFields(ours, theirs []Field, path string) ([]Field, error) {
	merged := slices.Clone(ours)
	index := make(map[string]int, len(ours))
	for i, f := range ours {
		index[FoldName(f.Name)] = i
	}
	for _, f := range theirs {
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

func mergeTypes(ours, theirs Type, path string) (Type, error) {
	if ours.Kind != theirs.Kind || ours.Precision != theirs.Precision || ours.Scale != theirs.Scale {
		return ours, fmt.Errorf("column %s is %s, not %s", path, ours.DDL(), theirs.DDL())
	}
	merged := ours
	switch ours.Kind {
	case Struct:
		fields, err := mergeFields(ours.Fields, theirs.Fields, path+".")
		if err != nil {
			return ours, err
		}
		merged.Fields = fields
	case List, Map:
		elem, err := mergeTypes(*ours.Elem, *theirs.Elem, path+"[]")
		if err != nil {
			return ours, err
		}
		merged.Elem = &elem
	}
	return merged, nil
}
