package schema

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// DDL returns the type as Spark and Athena write it: struct<name:string,tags:array<string>>.
func (t Type) DDL() string {
	var b strings.Builder
	t.appendDDL(&b)
	return b.String()
}

func (t *Type) appendDDL(b *strings.Builder) {
	switch t.Kind {
	case Decimal:
		fmt.Fprintf(b, "decimal(%d,%d)", t.Precision, t.Scale)
	case Timestamp:
		b.WriteString("timestamp")
		if t.Epoch != NoEpoch {
			b.WriteString("(" + epochNames[t.Epoch] + ")")
		}
	case Struct:
		b.WriteString("struct<")
		for i := range t.Fields {
			if i > 0 {
				b.WriteByte(',')
			}
			appendName(b, t.Fields[i].Name)
			b.WriteByte(':')
			t.Fields[i].Type.appendDDL(b)
		}
		b.WriteByte('>')
	case List:
		b.WriteString("array<")
		t.Elem.appendDDL(b)
		b.WriteByte('>')
	case Map:
		b.WriteString("map<string,")
		t.Elem.appendDDL(b)
		b.WriteByte('>')
	default:
		b.WriteString(scalarNames[t.Kind])
	}
}

var scalarNames = map[Kind]string{None: "void", Bool: "boolean", Int64: "bigint", Double: "double", String: "string",
	Date: "date"}

var epochNames = map[Epoch]string{EpochSeconds: "epoch_s", EpochMillis: "epoch_ms", EpochMicros: "epoch_us",
	EpochNanos: "epoch_ns"}

// DDL returns the schema as a list of columns: id bigint, tags array<string>.
func (s *Schema) DDL() string {
	var b strings.Builder
	for i, f := range s.list() {
		if i > 0 {
			b.WriteString(", ")
		}
		appendName(&b, f.Name)
		b.WriteByte(' ')
		f.Type.appendDDL(&b)
	}
	return b.String()
}

// appendName appends a name, in backticks unless it is a plain identifier.
func appendName(b *strings.Builder, name string) {
	for i := range len(name) {
		if !isNameByte(name[i], i == 0) {
			b.WriteString("`" + strings.ReplaceAll(name, "`", "``") + "`")
			return
		}
	}
	b.WriteString(name)
}

func isNameByte(c byte, first bool) bool {
	return c == '_' || 'a' <= c|0x20 && c|0x20 <= 'z' || !first && '0' <= c && c <= '9'
}

// ParseDDL parses a list of columns as Spark and Athena write it: id bigint, tags array<string>. A
// colon may separate name and type. Synonyms of types are accepted: int, long and smallint for
// bigint, float and real for double, varchar(n), char(n) and text for string, timestamp(n) for
// timestamp. COMMENT '…' and NOT NULL are ignored, because every column may be null. An error has
// the position in the text.
func ParseDDL(ddl string) (*Schema, error) {
	p := ddlParser{text: ddl}
	fields, err := p.fields("", 0)
	if err == nil && p.skipSpace() {
		err = p.errorf("expected a comma")
	}
	if err != nil {
		return nil, err
	}
	for i := range fields {
		if !ValidName(fields[i].Name, true) {
			return nil, fmt.Errorf("schema: %q cannot be a column's name", fields[i].Name)
		}
	}
	return &Schema{Columns: fields}, nil
}

// ParseType parses one type, such as array<string>.
func ParseType(ddl string) (*Type, error) {
	p := ddlParser{text: ddl}
	t, err := p.typ(0)
	if err == nil && p.skipSpace() {
		err = p.errorf("unexpected text behind the type")
	}
	if err != nil {
		return nil, err
	}
	return &t, nil
}

// MarshalJSON returns the columns in the form of the schema log: [{"name":"id","type":"bigint"}].
func (s *Schema) MarshalJSON() ([]byte, error) {
	columns := make([]columnJSON, 0, len(s.list()))
	for _, f := range s.list() {
		columns = append(columns, columnJSON{f.Name, f.Type.DDL()})
	}
	return json.Marshal(columns)
}

// UnmarshalJSON parses the form of MarshalJSON.
func (s *Schema) UnmarshalJSON(data []byte) error {
	var columns []columnJSON
	if err := json.Unmarshal(data, &columns); err != nil {
		return err
	}
	s.Columns = nil
	for _, c := range columns {
		t, err := ParseType(c.Type)
		if err != nil {
			return fmt.Errorf("column %q: %w", c.Name, err)
		}
		s.Columns = append(s.Columns, Field{c.Name, *t})
	}
	return nil
}

type columnJSON struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

// maxDDLDepth limits the nesting of parsed types.
const maxDDLDepth = 64

type ddlParser struct {
	text string
	at   int
}

func (p *ddlParser) errorf(format string, args ...any) error {
	return fmt.Errorf("schema: %s at character %d of %q", fmt.Sprintf(format, args...), p.at+1, p.text)
}

// skipSpace skips white space and reports whether more text follows.
func (p *ddlParser) skipSpace() bool {
	for p.at < len(p.text) && strings.IndexByte(" \t\r\n", p.text[p.at]) >= 0 {
		p.at++
	}
	return p.at < len(p.text)
}

// accept consumes c if it is the next character.
func (p *ddlParser) accept(c byte) bool {
	if p.skipSpace() && p.text[p.at] == c {
		p.at++
		return true
	}
	return false
}

func (p *ddlParser) expect(c byte) error {
	if !p.accept(c) {
		return p.errorf("expected %q", c)
	}
	return nil
}

// word consumes an identifier.
func (p *ddlParser) word() string {
	p.skipSpace()
	start := p.at
	for p.at < len(p.text) && isNameByte(p.text[p.at], false) {
		p.at++
	}
	return p.text[start:p.at]
}

// acceptWord consumes a keyword if it is the next word.
func (p *ddlParser) acceptWord(keyword string) bool {
	before := p.at
	if strings.EqualFold(p.word(), keyword) {
		return true
	}
	p.at = before
	return false
}

// name consumes a name, which may be in backticks.
func (p *ddlParser) name() (string, error) {
	if !p.accept('`') {
		if name := p.word(); name != "" {
			return name, nil
		}
		return "", p.errorf("expected a name")
	}
	var name strings.Builder
	for p.at < len(p.text) {
		c := p.text[p.at]
		p.at++
		if c == '`' {
			if p.at == len(p.text) || p.text[p.at] != '`' {
				return name.String(), nil
			}
			p.at++
		}
		name.WriteByte(c)
	}
	return "", p.errorf("the name's closing backtick is missing")
}

// fields consumes fields up to the end of the text or a closing bracket.
func (p *ddlParser) fields(parent string, depth int) ([]Field, error) {
	var fields []Field
	spellings := map[string]string{}
	for {
		name, err := p.name()
		if err != nil {
			return nil, err
		}
		if !ValidName(name, false) {
			return nil, p.errorf("%q cannot be a name", name)
		}
		if other, ok := spellings[FoldName(name)]; ok {
			return nil, p.errorf("%s%s and %s%s differ at most in case", parent, other, parent, name)
		}
		spellings[FoldName(name)] = name
		p.accept(':')
		t, err := p.typ(depth)
		if err != nil {
			return nil, err
		}
		fields = append(fields, Field{name, t})
		if p.acceptWord("not") && !p.acceptWord("null") {
			return nil, p.errorf("expected NULL")
		}
		if p.acceptWord("comment") {
			if err := p.comment(); err != nil {
				return nil, err
			}
		}
		if !p.accept(',') {
			return fields, nil
		}
	}
}

// comment consumes a quoted text.
func (p *ddlParser) comment() error {
	if p.skipSpace() {
		quote := p.text[p.at]
		if end := strings.IndexByte(p.text[p.at+1:], quote); (quote == '\'' || quote == '"') && end >= 0 {
			p.at += end + 2
			return nil
		}
	}
	return p.errorf("expected a quoted comment")
}

func (p *ddlParser) typ(depth int) (Type, error) {
	if depth > maxDDLDepth {
		return Type{}, p.errorf("types are nested too deep")
	}
	start := p.at
	name := p.word()
	switch strings.ToLower(name) {
	case "boolean", "bool":
		return Type{Kind: Bool}, nil
	case "bigint", "long", "int", "integer", "smallint", "short", "tinyint", "byte":
		return Type{Kind: Int64}, nil
	case "double", "float", "real":
		return Type{Kind: Double}, nil
	case "string", "text":
		return Type{Kind: String}, nil
	case "varchar", "char":
		_, err := p.numbers()
		return Type{Kind: String}, err
	case "timestamp":
		return p.timestamp()
	case "date":
		return Type{Kind: Date}, nil
	case "decimal", "numeric", "dec":
		return p.decimal()
	case "array":
		elem, err := p.bracketed(depth)
		return Type{Kind: List, Elem: elem}, err
	case "map":
		return p.mapType(depth)
	case "struct":
		if err := p.expect('<'); err != nil {
			return Type{}, err
		}
		fields, err := p.fields("…", depth+1)
		if err != nil {
			return Type{}, err
		}
		return Type{Kind: Struct, Fields: fields}, p.expect('>')
	case "":
		return Type{}, p.errorf("expected a type")
	}
	p.at = start
	return Type{}, p.errorf("unknown type %q (known: boolean, bigint, double, string, timestamp, "+
		"timestamp(epoch_ms), date, "+
		"decimal(p,s), array<T>, struct<n:T,…>, map<string,T>)", name)
}

// bracketed consumes <T>.
func (p *ddlParser) bracketed(depth int) (*Type, error) {
	if err := p.expect('<'); err != nil {
		return nil, err
	}
	t, err := p.typ(depth + 1)
	if err != nil {
		return nil, err
	}
	return &t, p.expect('>')
}

func (p *ddlParser) mapType(depth int) (Type, error) {
	if err := p.expect('<'); err != nil {
		return Type{}, err
	}
	key, err := p.typ(depth + 1)
	if err != nil {
		return Type{}, err
	}
	if key.Kind != String {
		return Type{}, p.errorf("a map's keys must be strings, as they are in JSON")
	}
	if err := p.expect(','); err != nil {
		return Type{}, err
	}
	value, err := p.typ(depth + 1)
	if err != nil {
		return Type{}, err
	}
	return Type{Kind: Map, Elem: &value}, p.expect('>')
}

// numbers consumes an optional (n) or (n,m).
func (p *ddlParser) numbers() ([]int, error) {
	if !p.accept('(') {
		return nil, nil
	}
	var numbers []int
	for {
		n, err := strconv.Atoi(p.word())
		if err != nil {
			return nil, p.errorf("expected a number")
		}
		numbers = append(numbers, n)
		if !p.accept(',') {
			return numbers, p.expect(')')
		}
	}
}

func (p *ddlParser) decimal() (Type, error) {
	numbers, err := p.numbers()
	if err != nil {
		return Type{}, err
	}
	t := Type{Kind: Decimal, Precision: 10}
	switch len(numbers) {
	case 0:
	case 1:
		t.Precision = numbers[0]
	case 2:
		t.Precision, t.Scale = numbers[0], numbers[1]
	default:
		return Type{}, p.errorf("a decimal has a precision and a scale")
	}
	if t.Precision < 1 || t.Precision > 38 || t.Scale < 0 || t.Scale > t.Precision {
		return Type{},
			p.errorf("decimal(%d,%d) is out of range: the precision is 1 to 38, the scale 0 to the precision",
				t.Precision, t.Scale)
	}
	return t, nil
}
