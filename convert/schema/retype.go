package schema

import (
	"fmt"
	"slices"
	"strings"
)

// Retype returns s with t as the type of one column, which is appended if there is none of that
// name. A path such as "user.age" or "items.price" names a field of a struct, or of the structs in
// a list; the whole path is first compared with the names of columns, which may contain dots. It is
// an error if the path names a field of a struct that does not exist, or differs from a name only
// in case. s is not changed.
func (s *Schema) Retype(path string, t Type) (*Schema, error) {
	columns, err := retypeFields(s.list(), path, t)
	if err != nil {
		return nil, fmt.Errorf("column %s: %w", path, err)
	}
	return &Schema{Columns: columns}, nil
}

// Find returns the type of the column or field at a path, as Retype takes it, or nil if there is
// none.
func (s *Schema) Find(path string) *Type { return findPath(s.list(), path) }

func findPath(fields []Field, path string) *Type {
	if f := findField(fields, path); f != nil {
		return &f.Type
	}
	for i := range len(path) {
		if path[i] != '.' {
			continue
		}
		if f := findField(fields, path[:i]); f != nil {
			if found := findPath(f.Type.innermost().Fields, path[i+1:]); found != nil {
				return found
			}
		}
	}
	return nil
}

// innermost returns t or, for a list, the type of its innermost elements.
func (t *Type) innermost() *Type {
	for t.Kind == List {
		t = t.Elem
	}
	return t
}

func retypeFields(fields []Field, path string, t Type) ([]Field, error) {
	changed := slices.Clone(fields)
	for i, f := range fields {
		if f.Name == path {
			changed[i].Type = t
			return changed, nil
		}
		if FoldName(f.Name) == FoldName(path) {
			return nil, fmt.Errorf("it is spelt %s", f.Name)
		}
	}
	for i, f := range fields {
		rest, ok := strings.CutPrefix(path, f.Name+".")
		if !ok || f.Type.innermost().Kind != Struct {
			continue
		}
		inner, err := retypeFields(f.Type.innermost().Fields, rest, t)
		if err != nil {
			return nil, err
		}
		changed[i].Type = f.Type.withFields(inner)
		return changed, nil
	}
	if strings.Contains(path, ".") {
		return nil, fmt.Errorf("there is no such field")
	}
	return append(changed, Field{Name: path, Type: t}), nil
}

// withFields returns t with other fields in its innermost struct.
func (t Type) withFields(fields []Field) Type {
	if t.Kind == List {
		elem := t.Elem.withFields(fields)
		t.Elem = &elem
		return t
	}
	t.Fields = fields
	return t
}
