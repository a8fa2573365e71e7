package infer

import "ndjson-parquet/convert/schema"

// Objects whose keys are data, such as identifiers or dates, become maps. docs/FORMATS.md has the
// rule.
const (
	leastMapKeys = 50 // a map has more
	// In a map, a key is in fewer than one of so many objects on average.
	mapSparseness = 10
)

// object returns a struct or map for the objects of e, or nil if nothing in them has a type.
func (c *chooser) object(e *Evidence, level int) *schema.Type {
	start := c.leaves
	var asStruct *schema.Type
	if fields := c.fields(e, nil, level+1); len(fields) > 0 {
		asStruct = &schema.Type{Kind: schema.Struct, Fields: fields}
	}
	if len(e.fields) <= leastMapKeys {
		return asStruct
	}
	sparse := e.sparse()
	if !sparse && e.rest == nil && len(e.fields) <= start {
		return asStruct
	}
	left := c.leaves
	c.leaves = start
	if asMap := c.mapOf(e, level); asMap != nil {
		mapLoss, structLoss := loss(e, asMap), loss(e, asStruct)
		if mapLoss < structLoss || sparse && mapLoss == structLoss {
			return asMap
		}
	}
	c.leaves = left
	return asStruct
}

// sparse reports whether the keys of the objects are data, by their number: there are many, and
// most objects lack most of them.
func (e *Evidence) sparse() bool {
	return len(e.fields) > leastMapKeys && e.members*mapSparseness < e.counts[ClassObject]*int64(len(e.fields))
}

// mapOf returns a map for the objects of e, or nil if their values have no type.
func (c *chooser) mapOf(e *Evidence, level int) *schema.Type {
	c.leaves-- // the keys
	elem := c.best(e.values(), nil, level+2)
	if elem == nil {
		return nil
	}
	return &schema.Type{Kind: schema.Map, Elem: elem}
}

// values returns the evidence of the values of all members of the objects of e.
func (e *Evidence) values() *Evidence {
	if e == nil {
		return nil
	}
	all := unlimited(e.tree.exact)
	for _, f := range e.fields {
		all.Merge(f)
		for _, c := range f.contested {
			all.Merge(c)
		}
		all.contested = nil // spellings are different keys
	}
	all.merge(e.rest, false)
	return all
}

// loss returns how many values of e a column of type t rescues.
func loss(e *Evidence, t *schema.Type) int64 {
	if e == nil {
		return 0
	}
	if t == nil {
		return e.Total()
	}
	lost := e.Total()
	for c := range numClasses {
		if fits[t.Kind]&(1<<c) != 0 {
			lost -= e.counts[c]
		}
	}
	switch t.Kind {
	case schema.Struct:
		types := make(map[*Evidence]*schema.Type, len(t.Fields))
		for i := range t.Fields {
			types[e.Find(t.Fields[i].Name)] = &t.Fields[i].Type
		}
		for _, f := range e.fields {
			lost += loss(f, types[f])
		}
		lost += loss(e.rest, nil)
	case schema.Map:
		for _, f := range e.fields {
			lost += loss(f, t.Elem)
		}
		lost += loss(e.rest, t.Elem)
	case schema.List:
		lost += loss(e.elem, t.Elem)
	}
	return lost
}

// MapFor returns the map that a column of the published struct t would be if it were new, or nil if
// it would be a struct as well.
func MapFor(e *Evidence, t *schema.Type) *schema.Type {
	if e == nil || t.Kind != schema.Struct || !e.sparse() {
		return nil
	}
	c := chooser{leaves: 1 << 30}
	asMap := c.mapOf(e, 0)
	if asMap == nil || loss(e, asMap) > loss(e, t) {
		return nil
	}
	return asMap
}
