package infer

import (
	"math/bits"

	"ndjson-parquet/convert/schema"
)

// fits says which classes a column of a learnt kind holds.
var fits = [...]uint16{
	schema.Bool:   1 << ClassBool,
	schema.Int64:  1<<ClassInt | 1<<ClassIntOnly,
	schema.Double: 1<<ClassInt | 1<<ClassDoubleInt | 1<<ClassFloat,
	schema.String: 1 << ClassString,
	schema.Struct: 1 << ClassObject,
	schema.List:   1 << ClassArray,
}

// candidates are the kinds that can be learnt, in the order in which ties between them are broken when they were seen
// at the same time.
var candidates = [...]schema.Kind{schema.Bool, schema.Int64, schema.Double, schema.String, schema.Struct, schema.List}

// maxLevel is the deepest definition level of a column; what is nested deeper (some 30 lists of structs in one another)
// has no column of its own and is rescued. Readers give up long before.
const maxLevel = 100

// chooser turns evidence into types.
type chooser struct {
	leaves int // columns left
}

// choose returns the type that rescues the fewest of e's values, or nil if there is none. fixed is the published type,
// nil if there is none. level is the definition level around the value.
func (c *chooser) choose(e *Evidence, fixed *schema.Type, level int) *schema.Type {
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

// Choose returns the type that rescues the fewest of e's values if at most leaves columns may be added, and how many more may
// be added after that. The type is nil if there is none.
func Choose(e *Evidence, leaves int) (t *schema.Type, left int) {
	c := chooser{leaves: leaves}
	t = c.choose(e, nil, 0)
	return t, c.leaves
}

// typeOf makes the type of a kind, or returns nil if nothing below it has a type.
func (c *chooser) typeOf(kind schema.Kind, e *Evidence, level int) *schema.Type {
	switch kind {
	case schema.Struct:
		fields := c.fields(e, nil, level+1)
		if len(fields) == 0 {
			return nil
		}
		return &schema.Type{Kind: schema.Struct, Fields: fields}
	case schema.List:
		elem := c.choose(e.elem, nil, level+2)
		if elem == nil {
			return nil
		}
		return &schema.Type{Kind: schema.List, Elem: elem}
	}
	c.leaves--
	return &schema.Type{Kind: kind}
}

// extend returns fixed with the fields that were learnt inside it.
func (c *chooser) extend(e *Evidence, fixed *schema.Type, level int) *schema.Type {
	switch fixed.Kind {
	case schema.Struct:
		return &schema.Type{Kind: schema.Struct, Fields: c.fields(e, fixed.Fields, level+1)}
	case schema.List:
		var elem *Evidence
		if e != nil {
			elem = e.elem
		}
		return &schema.Type{Kind: schema.List, Elem: c.choose(elem, fixed.Elem, level+2)}
	}
	c.leaves -= fixed.Leaves()
	return fixed
}

// fields returns the published fields, extended, and behind them those that e gives a type.
func (c *chooser) fields(e *Evidence, published []schema.Field, level int) []schema.Field {
	var fields []schema.Field
	var below map[string]*Evidence
	if e != nil {
		below = e.byName
	}
	taken := make(map[string]bool, len(published)+len(below))
	for _, f := range published {
		fields = append(fields, schema.Field{Name: f.Name, Type: *c.choose(below[f.Name], &f.Type, level)})
		taken[schema.FoldName(f.Name)] = true
	}
	if e == nil {
		return fields
	}
	for _, f := range e.fields {
		// Of names that differ only in case the first takes all.
		fold := schema.FoldName(f.Name)
		if taken[fold] {
			continue
		}
		taken[fold] = true
		if t := c.choose(f, nil, level); t != nil {
			fields = append(fields, schema.Field{Name: f.Name, Type: *t})
		}
	}
	return fields
}

// Learn returns the schema that the evidence about whole records calls for, base first.
func Learn(records *Evidence, base *schema.Schema, maxColumns int) *schema.Schema {
	var published []schema.Field
	if base != nil {
		published = base.Columns
	}
	c := chooser{leaves: maxColumns}
	return &schema.Schema{Columns: c.fields(records, published, 0)}
}
