package scan

import (
	"ndjson-parquet/convert/internal/infer"
	"ndjson-parquet/convert/internal/parquetfile"
	"ndjson-parquet/convert/internal/parquetschema"
	"ndjson-parquet/convert/schema"
)

// A node is a place in the records, compiled from the schema for the scanner: a field, or the
// elements of a list, with its type and the columns of its values.
type node struct {
	name string
	key  keyPattern
	path []string     // in the Parquet schema
	typ  *schema.Type // nil if there is no type: values other than null are rescued
	kind schema.Kind  // of typ, or None
	// level is the definition level of a value that is not null. A null has level-1.
	level uint8
	rep   uint8 // of lists and maps: the repetition level of all elements except the first

	column *column   // of scalars
	leaves []*column // all columns below
	elem   *node     // elements of lists, values of maps
	keys   *column   // of maps
	// Of maps: whether the scanner reads them. It does not if the type is a guess, because the
	// parser must count the keys.
	direct bool
	// typed has the fields that have columns.
	typed []*node

	fields fieldTable       // of structs
	byFold map[string]*node // the fields by folded name
	// aliased is set once the field has been found under another spelling of its name. Paths to
	// places below it then differ between records.
	aliased bool

	pointer string // JSON pointer of a field without a type, if it is the same in every record

	// serial is the object in which the field last occurred, so that a second occurrence is
	// noticed.
	serial uint64
	next   *node // field that followed this one the last time

	present tally // number of values other than null of structs, lists and maps
	members tally // of structs: number of members
	// evidence is what this span has shown of the place, or nil if it has not occurred. It includes
	// countedMain, countedOther and countedFloats of the values in the column.
	evidence                  *infer.Evidence
	countedMain, countedOther int64
	countedFloats             int64
	countedMembers            int64
	saved                     *infer.Evidence // see contest
	misfit                    *Misfit         // nil while all values of the span fit
}

// newNode compiles a type. level and rep are the definition and repetition level around the value.
func newNode(name string, t *schema.Type, path []string, level, rep uint8) *node {
	n := &node{name: name, key: newKeyPattern(name), path: path, typ: t, level: level + 1, serial: neverMet}
	if t == nil {
		return n
	}
	n.kind = t.Kind
	switch t.Kind {
	case schema.Struct:
		for i := range t.Fields {
			f := &t.Fields[i]
			child := newNode(f.Name, &f.Type, appendPath(path, f.Name), level+1, rep)
			n.addChild(child)
		}
	case schema.List:
		n.rep = rep + 1
		n.elem = newNode("", t.Elem, appendPath(path, "list", "element"), level+2, rep+1)
		n.leaves = n.elem.leaves
	case schema.Map:
		n.rep = rep + 1
		n.keys = newColumn(parquetfile.Leaf{Path: appendPath(path, "key_value", "key"), Physical: parquetfile.ByteArray,
			Logical: parquetfile.LogicalType{Kind: parquetfile.StringUTF8}, MaxDef: level + 2, MaxRep: rep + 1})
		n.elem = newNode("", t.Elem, appendPath(path, "key_value", "value"), level+2, rep+1)
		n.leaves = append([]*column{n.keys}, n.elem.leaves...)
	default:
		leaf := parquetschema.Scalar("", t)
		n.column = newColumn(parquetfile.Leaf{Path: path, Physical: leaf.Physical, TypeLength: leaf.TypeLength,
			Logical: leaf.Logical, MaxDef: level + 1, MaxRep: rep})
		n.leaves = []*column{n.column}
	}
	return n
}

func appendPath(path []string, names ...string) []string {
	return append(path[:len(path):len(path)], names...)
}

// addChild adds a field to a struct.
func (n *node) addChild(child *node) {
	n.fields.add(child)
	n.leaves = append(n.leaves, child.leaves...)
	if len(child.leaves) > 0 {
		n.typed = append(n.typed, child)
	}
	if n.byFold == nil {
		n.byFold = map[string]*node{}
	}
	n.byFold[schema.FoldName(child.name)] = child
}

// newLayout compiles a schema. The root is the place of the records themselves, which are never
// null. The types in base are certain; if base is nil, all are.
func newLayout(s, base *schema.Schema) *node {
	root := &node{kind: schema.Struct, typ: &schema.Type{Kind: schema.Struct}}
	for i := range s.Columns {
		root.addColumn(&s.Columns[i])
	}
	for _, f := range root.fields.all {
		if base == nil {
			f.readDirectly(f.typ)
		} else {
			f.readDirectly(base.Column(f.name))
		}
	}
	return root
}

// readDirectly lets the scanner read the maps whose type is certain. t is the certain part of n's
// type, or nil.
func (n *node) readDirectly(t *schema.Type) {
	if t == nil {
		return
	}
	n.direct = n.kind == schema.Map
	if n.elem != nil {
		n.elem.readDirectly(t.Elem)
	}
	for _, f := range n.fields.all {
		f.readDirectly(t.Field(f.name))
	}
}

// forget prepares n and all nodes below it for another span.
func (n *node) forget() {
	n.serial, n.present, n.members, n.evidence = neverMet, tally{}, tally{}, nil
	n.countedMembers = 0
	n.countedMain, n.countedOther, n.countedFloats, n.misfit = 0, 0, 0, nil
	if n.column != nil {
		n.column.forget()
	}
	if n.keys != nil {
		n.keys.forget()
	}
	for _, f := range n.fields.all {
		f.forget()
	}
	if n.elem != nil {
		n.elem.forget()
	}
}

// addColumn adds a top-level column.
func (n *node) addColumn(f *schema.Field) {
	n.addChild(newNode(f.Name, &f.Type, []string{f.Name}, 0, 0))
}
