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
