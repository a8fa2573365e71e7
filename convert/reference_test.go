package convert

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"ndjson-parquet/convert/schema"
)

// A simple, slow implementation of the rules of docs/FORMATS.md for types and rescued values, with
// encoding/json. It keeps all values in memory.

// refValue is a JSON value with its own text.
type refValue struct {
	raw     string
	members []refMember
	items   []refValue
}

type refMember struct {
	key   string
	value refValue
}

func refParse(raw string) refValue {
	v := refValue{raw: strings.Trim(raw, " \t\r\n")}
	switch v.raw[0] {
	case '{':
		d := json.NewDecoder(strings.NewReader(v.raw))
		mustToken(d)
		for d.More() {
			key := mustToken(d).(string)
			v.members = append(v.members, refMember{key, refParse(mustRaw(d))})
		}
	case '[':
		d := json.NewDecoder(strings.NewReader(v.raw))
		mustToken(d)
		for d.More() {
			v.items = append(v.items, refParse(mustRaw(d)))
		}
	}
	return v
}

func mustToken(d *json.Decoder) json.Token {
	token, err := d.Token()
	if err != nil {
		panic(err)
	}
	return token
}

func mustRaw(d *json.Decoder) string {
	var raw json.RawMessage
	if err := d.Decode(&raw); err != nil {
		panic(err)
	}
	return string(raw)
}

// repeated reports whether a later member has the key of member i.
func (v refValue) repeated(i int) bool {
	for _, m := range v.members[i+1:] {
		if m.key == v.members[i].key {
			return true
		}
	}
	return false
}

// refFits reports whether a value fits a kind, regardless of the values inside it.
func refFits(v refValue, kind schema.Kind) bool {
	switch c := v.raw[0]; kind {
	case schema.Bool:
		return c == 't' || c == 'f'
	case schema.String:
		return c == '"' && !loneSurrogate(v.raw)
	case schema.Struct, schema.Map:
		return c == '{'
	case schema.List:
		return c == '['
	case schema.Int64, schema.Double:
		if c != '-' && (c < '0' || c > '9') {
			return false
		}
		if strings.ContainsAny(v.raw, ".eE") {
			f, err := strconv.ParseFloat(v.raw, 64)
			zero := strings.Trim(strings.FieldsFunc(v.raw, func(r rune) bool { return r == 'e' || r == 'E' })[0],
				"-0.") == ""
			if kind == schema.Int64 {
				return refIntegral(v.raw) && err == nil
			}
			return err == nil && (f != 0 || zero)
		}
		n, _ := new(big.Int).SetString(v.raw, 10)
		if kind == schema.Int64 {
			return n.IsInt64()
		}
		f, accuracy := new(big.Float).SetInt(n).Float64()
		return accuracy == big.Exact && !math.IsInf(f, 0)
	}
	panic("no learnt kind")
}

// refIntegral reports whether a float literal is an integer of 64 bits.
func refIntegral(raw string) bool {
	if len(raw) > 400 {
		return false // beyond the generator
	}
	if i := strings.IndexAny(raw, "eE"); i >= 0 {
		if exponent, err := strconv.Atoi(raw[i+1:]); err != nil || exponent < -1000 || exponent > 1000 {
			return strings.Trim(raw[:i], "-0.") == ""
		}
	}
	x, ok := new(big.Rat).SetString(raw)
	return ok && x.IsInt() && x.Num().IsInt64()
}

// refLearns reports whether a value counts for a kind in the choice of a type.
func refLearns(v refValue, kind schema.Kind) bool {
	return refFits(v, kind) && (kind != schema.Int64 || !strings.ContainsAny(v.raw, ".eE"))
}

func loneSurrogate(raw string) bool {
	var s string
	if err := json.Unmarshal([]byte(raw), &s); err != nil {
		panic(err)
	}
	plain := strings.Count(raw, "\uFFFD") + strings.Count(strings.ToLower(raw), `\ufffd`)
	return strings.Count(s, "\uFFFD") > plain
}

// refType chooses the type for all the values of one place, in order. Nulls are not among them.
func refType(values []refValue) *schema.Type {
	var best *schema.Type
	bestCost, bestFirst := 0, 0
	for _, kind := range []schema.Kind{schema.Bool, schema.Int64, schema.Double, schema.String, schema.Struct,
		schema.List} {
		cost, first := 0, -1
		for i, v := range values {
			if !refLearns(v, kind) {
				cost++
			} else if first < 0 {
				first = i
			}
		}
		if first < 0 || best != nil && (cost > bestCost || cost == bestCost && first >= bestFirst) {
			continue
		}
		t := &schema.Type{Kind: kind}
		switch kind {
		case schema.Struct:
			if t = refObject(values); t == nil {
				continue
			}
		case schema.List:
			var items []refValue
			for _, v := range values {
				for _, item := range v.items {
					if item.raw != "null" {
						items = append(items, item)
					}
				}
			}
			if t.Elem = refType(items); t.Elem == nil {
				continue
			}
		}
		best, bestCost, bestFirst = t, cost, first
	}
	return best
}

// contested reports whether a member has a key that differs from that of member i only in case.
func (v refValue) contested(i int) bool {
	return slices.ContainsFunc(v.members, func(m refMember) bool {
		return m.key != v.members[i].key && strings.EqualFold(m.key, v.members[i].key)
	})
}

// refObject returns the struct or map for the objects among the values of a place.
func refObject(values []refValue) *schema.Type {
	var asStruct *schema.Type
	if fields := refFields(values, false); len(fields) > 0 {
		asStruct = &schema.Type{Kind: schema.Struct, Fields: fields}
	}
	places := refPlaces(values, false)
	objects, members := 0, 0
	for _, v := range values {
		if v.raw[0] != '{' {
			continue
		}
		objects++
		for i := range v.members {
			if !v.repeated(i) {
				members++
			}
		}
	}
	if len(places) <= 50 || members*10 >= objects*len(places) {
		return asStruct
	}
	var all []refValue
	for _, p := range places {
		all = append(all, p.values...)
		for len(p.contested) > 0 {
			spelling := p.contested[0].key
			p.contested = slices.DeleteFunc(p.contested, func(m refMember) bool {
				if m.key == spelling {
					all = append(all, m.value)
				}
				return m.key == spelling
			})
		}
	}
	elem := refType(all)
	if elem == nil {
		return asStruct
	}
	asMap := &schema.Type{Kind: schema.Map, Elem: elem}
	if refLoss(values, asMap) <= refLoss(values, asStruct) {
		return asMap
	}
	return asStruct
}

// refLoss returns how many values a column of type t rescues, for the choice between a struct and a
// map.
func refLoss(values []refValue, t *schema.Type) int {
	if t == nil {
		return len(values)
	}
	var lost int
	var inner []refValue
	for _, v := range values {
		if !refLearns(v, t.Kind) {
			lost++
		}
		for _, item := range v.items {
			if item.raw != "null" {
				inner = append(inner, item)
			}
		}
	}
	switch t.Kind {
	case schema.List:
		lost += refLoss(inner, t.Elem)
	case schema.Struct, schema.Map:
		for _, p := range refPlaces(values, false) {
			elem := t.Elem
			if t.Kind == schema.Struct {
				elem = nil
				for i := range t.Fields {
					if strings.EqualFold(t.Fields[i].Name, p.name) {
						elem = &t.Fields[i].Type
					}
				}
			}
			lost += refLoss(p.values, elem) + len(p.contested)
		}
	}
	return lost
}

// refPlace has the values of a name, in all its spellings.
type refPlace struct {
	name      string // the first spelling
	values    []refValue
	contested []refMember // in objects that have several spellings
}

// refPlaces returns the places of the members of objects, in the order of their first appearance.
func refPlaces(objects []refValue, top bool) []*refPlace {
	var places []*refPlace
	for _, o := range objects {
		for i, m := range o.members {
			if !schema.ValidName(m.key, top) {
				continue
			}
			at := slices.IndexFunc(places, func(p *refPlace) bool { return strings.EqualFold(p.name, m.key) })
			if at < 0 {
				at = len(places)
				places = append(places, &refPlace{name: m.key})
			}
			switch p := places[at]; {
			case o.repeated(i) || m.value.raw == "null":
			case o.contested(i):
				p.contested = append(p.contested, m)
			default:
				p.values = append(p.values, m.value)
			}
		}
	}
	return places
}

func refFields(objects []refValue, top bool) []schema.Field {
	var fields []schema.Field
	for _, p := range refPlaces(objects, top) {
		values := p.values
		for _, m := range p.contested {
			if m.key == p.name {
				values = append(values, m.value)
			}
		}
		if t := refType(values); t != nil {
			fields = append(fields, schema.Field{Name: p.name, Type: *t})
		}
	}
	return fields
}

// refRow is the row that a record becomes, _rescued_data included.
func refRow(record refValue, s *schema.Schema) map[string]any {
	w := refWriter{repeats: map[string]int{}}
	row := w.object(record, s.Columns, "")
	if len(w.rescued) > 0 {
		row[schema.ColumnRescuedData] = "{" + strings.Join(w.rescued, ",") + "}"
	}
	return row
}

type refWriter struct {
	rescued []string
	repeats map[string]int
}

func (w *refWriter) rescue(pointer string, v refValue) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.Encode(pointer)
	w.rescued = append(w.rescued, strings.TrimSpace(b.String())+":"+v.raw)
}

func (w *refWriter) rescueRepeated(pointer string, v refValue) {
	w.repeats[pointer]++
	suffix := "~d"
	if n := w.repeats[pointer]; n > 1 {
		suffix += strconv.Itoa(n)
	}
	w.rescue(pointer+suffix, v)
}

func (w *refWriter) object(v refValue, fields []schema.Field, pointer string) map[string]any {
	row := map[string]any{}
	for i, m := range v.members {
		at := pointer + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(m.key)
		f := refField(v, i, fields)
		switch {
		case v.repeated(i):
			w.rescueRepeated(at, m.value)
		case m.value.raw == "null":
		case f == nil:
			w.rescue(at, m.value)
		default:
			if x := w.value(m.value, &f.Type, at); x != nil {
				row[f.Name] = x
			}
		}
	}
	return row
}

func (w *refWriter) mapping(v refValue, elem *schema.Type, pointer string) map[string]any {
	row := map[string]any{}
	for i, m := range v.members {
		at := pointer + "/" + strings.NewReplacer("~", "~0", "/", "~1").Replace(m.key)
		if v.repeated(i) {
			w.rescueRepeated(at, m.value)
		} else {
			row[m.key] = w.value(m.value, elem, at)
		}
	}
	return row
}

// refField returns the field that member i of an object fills, or nil.
func refField(v refValue, i int, fields []schema.Field) *schema.Field {
	for at := range fields {
		f := &fields[at]
		if !strings.EqualFold(f.Name, v.members[i].key) {
			continue
		}
		exact := slices.ContainsFunc(v.members, func(m refMember) bool { return m.key == f.Name })
		last := !slices.ContainsFunc(v.members[i+1:],
			func(m refMember) bool { return strings.EqualFold(f.Name, m.key) })
		if v.members[i].key == f.Name || !exact && last {
			return f
		}
	}
	return nil
}

func (w *refWriter) value(v refValue, t *schema.Type, pointer string) any {
	if v.raw == "null" {
		return nil
	}
	if !refFits(v, t.Kind) {
		w.rescue(pointer, v)
		return nil
	}
	switch t.Kind {
	case schema.Bool:
		return v.raw == "true"
	case schema.Int64:
		if mantissa, _, _ := strings.Cut(strings.ToLower(v.raw), "e"); strings.Trim(mantissa, "-0.") == "" {
			return int64(0) // whatever the exponent
		}
		x, _ := new(big.Rat).SetString(v.raw)
		return x.Num().Int64()
	case schema.Double:
		f, _ := strconv.ParseFloat(v.raw, 64)
		if f == 0 && !strings.ContainsAny(v.raw, ".eE") {
			return 0.0 // the integer -0 is 0
		}
		return f
	case schema.String:
		var s string
		json.Unmarshal([]byte(v.raw), &s)
		return s
	case schema.Struct:
		return w.object(v, t.Fields, pointer)
	case schema.Map:
		return w.mapping(v, t.Elem, pointer)
	case schema.List:
		items := []any{}
		for i, item := range v.items {
			items = append(items, w.value(item, t.Elem, fmt.Sprintf("%s/%d", pointer, i)))
		}
		return items
	}
	panic("no learnt kind")
}

// refConvert returns the schema of the lines and their rows.
func refConvert(lines []string) (*schema.Schema, []map[string]any) {
	var records []refValue
	for _, line := range lines {
		records = append(records, refParse(line))
	}
	s := &schema.Schema{Columns: refFields(records, true)}
	rows := []map[string]any{}
	for _, record := range records {
		rows = append(rows, refRow(record, s))
	}
	return s, rows
}
