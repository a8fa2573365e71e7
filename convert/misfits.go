package convert

import (
	"fmt"
	"strings"

	"ndjson-parquet/convert/internal/infer"
	"ndjson-parquet/convert/schema"
)

// addMisfits adds an oddity to the logs for each column of Options.Base of whose values more than
// half were rescued. It is called when all spans have been merged.
func (p *pass) addMisfits() {
	counts := map[string]int64{} // rescued values by path
	for _, r := range p.results {
		for _, m := range r.misfits {
			counts[strings.Join(m.Path, "\x00")] += m.Values
		}
	}
	for _, r := range p.results {
		for _, m := range r.misfits {
			column, t, e := findColumn(p.opts.Base, p.evidence, m.Path)
			n := counts[strings.Join(m.Path, "\x00")]
			if t == nil || 2*n <= e.Total() {
				continue
			}
			detail := fmt.Sprintf("%d of %d values were rescued because they do not fit the column's type, %s; the "+
				"first is %s",
				n, e.Total(), t.DDL(), m.Example)
			r.oddities.add(MostlyRescued, column, m.Values, m.Segment, m.Line, m.Offset, detail+hint(t, m.Example))
		}
	}
}

// hint returns what can be done about a value that does not fit, or nothing.
func hint(t *schema.Type, example string) string {
	isString := strings.HasPrefix(example, `"`)
	isNumber := strings.Trim(example[:1], "-0123456789") == ""
	switch {
	case t.Kind == schema.Timestamp && isNumber && t.Epoch == schema.NoEpoch:
		return "; declare the unit of the numbers: timestamp(epoch_s), epoch_ms, epoch_us or epoch_ns"
	case t.Kind == schema.Timestamp && isNumber:
		return "; if the numbers are times, they have another unit"
	case t.Kind == schema.String && !isString:
		return "; only JSON strings fit a string column"
	case (t.Kind == schema.Int64 || t.Kind == schema.Double) && isString:
		return "; declare the column as string, or as decimal(p,s), which accepts numbers in quotes"
	case t.Kind == schema.Int64 && isNumber:
		return "; declare the column as double"
	}
	return ""
}

// findColumn returns the name, the type in s and the evidence of the column at a path of the
// Parquet schema. The type is nil if s does not have the column.
func findColumn(s *schema.Schema, e *infer.Evidence, path []string) (string, *schema.Type, *infer.Evidence) {
	t := s.Column(path[0])
	e = e.Find(path[0])
	name := path[0]
	for path = path[1:]; len(path) > 0 && t != nil; {
		switch t.Kind {
		case schema.List:
			t, e, path = t.Elem, e.Element(), path[2:]
			name += "[]"
		case schema.Struct:
			t, e = t.Field(path[0]), e.Find(path[0])
			name += "." + path[0]
			path = path[1:]
		default:
			return name, nil, nil
		}
	}
	return name, t, e
}

// mapLikeStructs returns an oddity for each struct of Options.Base that would be a map by the
// evidence of this conversion.
func (p *pass) mapLikeStructs() []Oddity {
	var found []Oddity
	for i := range p.opts.Base.Columns {
		f := &p.opts.Base.Columns[i]
		found = p.appendMapLike(found, f.Name, p.final.Column(f.Name), p.evidence.Find(f.Name))
	}
	return found
}

func (p *pass) appendMapLike(found []Oddity, name string, t *schema.Type, e *infer.Evidence) []Oddity {
	if t == nil || e == nil {
		return found
	}
	if asMap := infer.MapFor(e, t); asMap != nil {
		return append(found, Oddity{Kind: MapLikeStruct, Column: name, Count: e.Objects(),
			First: Place{URI: p.firstSource()}, Detail: fmt.Sprintf("the keys of %d objects are data, such as "+
				"identifiers, "+
				"and each would become a field; make the column a map: schema "+
				"set %s '%s'", e.Objects(), name, asMap.DDL())})
	}
	if t.Kind == schema.List {
		return p.appendMapLike(found, name, t.Elem, e.Element())
	}
	for i := range t.Fields {
		f := &t.Fields[i]
		found = p.appendMapLike(found, name+"."+f.Name, &f.Type, e.Find(f.Name))
	}
	return found
}

// firstSource returns the URI of the first source that is not left out.
func (p *pass) firstSource() string {
	for i := range p.sources {
		if p.excluded[i] == nil {
			return p.sources[i].URI
		}
	}
	return ""
}
