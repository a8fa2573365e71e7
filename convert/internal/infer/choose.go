package infer

import (
	"math/bits"

	"ndjson-parquet/convert/schema"
)

// fits has the set of classes whose values fit each kind that can be learnt.
var fits = [...]uint16{
	schema.Bool:   1 << ClassBool,
	schema.Int64:  1<<ClassInt | 1<<ClassIntOnly,
	schema.Double: 1<<ClassInt | 1<<ClassDoubleInt | 1<<ClassFloat,
	schema.String: 1 << ClassString,
	schema.Struct: 1 << ClassObject,
	schema.List:   1 << ClassArray,
	schema.Map:    1 << ClassObject,
}

// candidates are the kinds that can be learnt, in the order that breaks ties between kinds whose
// first values came at the same time.
var candidates = [...]schema.Kind{schema.Bool, schema.Int64, schema.Double, schema.String, schema.Struct, schema.List}

// maxLevel is the largest definition level of a column. Values that are nested deeper, such as in
// 30 lists of structs inside each other, are rescued. Readers give up long before.
const maxLevel = 100

// A chooser chooses types by evidence.
type chooser struct {
	leaves int // leaf columns that may still be added
}

// best returns the type to which the most values of e fit, or nil if there is none. fixed is the
// published type, or nil. level is the definition level around the value.
func (c *chooser) best(e *Evidence, fixed *schema.Type, level int) *schema.Type {
	if fixed != nil {
		return c.extend(e, fixed, level)
	}
	if e == nil || c.leaves <= 0 || level >= maxLevel {
		return nil
	}
	total := e.Total()
	if total == 0 {
		return nil
	}
	var best *schema.Type
	var bestCost int64
	var bestFirst uint8
	start := c.leaves
	left := start
	for _, kind := range candidates {
		cost, first := total, uint8(255)
		for classes := fits[kind]; classes != 0; classes &= classes - 1 {
			class := bits.TrailingZeros16(classes)
			cost -= e.counts[class]
			if e.order[class] > 0 {
				first = min(first, e.order[class])
			}
		}
		if first == 255 || best != nil && (cost > bestCost || cost == bestCost && first >= bestFirst) {
			continue
		}
		c.leaves = start
		t := c.typeOf(kind, e, level)
		if t == nil {
			continue
		}
		best, bestCost, bestFirst, left = t, cost, first, c.leaves
	}
	c.leaves = left
	return best
}

// Choose returns the type to which the most values of e fit, if it takes at most leaves leaf
// columns, and the number of leaf columns that are left. The type is nil if there is none.
func Choose(e *Evidence, leaves int) (t *schema.Type, left int) {
	c := chooser{leaves: leaves}
	t = c.best(e, nil, 0)
	return t, c.leaves
}

// typeOf returns a type of the kind, or nil if none of the places below has a type.
func (c *chooser) typeOf(kind schema.Kind, e *Evidence, level int) *schema.Type {
	switch kind {
	case schema.Struct:
		return c.object(e, level)
	case schema.List:
		elem := c.best(e.elem, nil, level+2)
		if elem == nil {
			return nil
		}
		return &schema.Type{Kind: schema.List, Elem: elem}
	}
	c.leaves--
	return &schema.Type{Kind: kind}
}

// extend returns fixed with the struct fields that were learnt inside it.
func (c *chooser) extend(e *Evidence, fixed *schema.Type, level int) *schema.Type {
	switch fixed.Kind {
	case schema.Struct:
		return &schema.Type{Kind: schema.Struct, Fields: c.fields(e, fixed.Fields, level+1)}
	case schema.List:
		var elem *Evidence
		if e != nil {
			elem = e.elem
		}
		return &schema.Type{Kind: schema.List, Elem: c.best(elem, fixed.Elem, level+2)}
	case schema.Map:
		c.leaves-- // the keys
		return &schema.Type{Kind: schema.Map, Elem: c.best(e.values(), fixed.Elem, level+2)}
	}
	c.leaves -= fixed.Leaves()
	return fixed
}

// fields returns the published fields, extended, followed by those for which e yields a type.
func (c *chooser) fields(e *Evidence, published []schema.Field, level int) []schema.Field {
	var fields []schema.Field
	var taken map[string]bool // folded names
	for _, f := range published {
		fields = append(fields, schema.Field{Name: f.Name, Type: *c.best(e.Find(f.Name).of(f.Name), &f.Type, level)})
		if taken == nil {
			taken = make(map[string]bool, len(published))
		}
		taken[schema.FoldName(f.Name)] = true
	}
	if e == nil {
		return fields
	}
	for _, f := range e.fields {
		if e.tree.exact || taken != nil {
			// Of names that differ only in case, only the first becomes a field.
			fold := schema.FoldName(f.Name)
			if taken[fold] {
				continue
			}
			if taken == nil {
				taken = map[string]bool{}
			}
			taken[fold] = true
		}
		if t := c.best(f.of(f.Name), nil, level); t != nil {
			fields = append(fields, schema.Field{Name: f.Name, Type: *t})
		}
	}
	return fields
}

// Learn returns the schema that follows from the evidence of whole records: the columns of base,
// extended, and then new ones. It adds new leaf columns as long as there are at most maxColumns.
func Learn(records *Evidence, base *schema.Schema, maxColumns int) *schema.Schema {
	var published []schema.Field
	if base != nil {
		published = base.Columns
	}
	c := chooser{leaves: maxColumns}
	return &schema.Schema{Columns: c.fields(records, published, 0)}
}
