package scan

import (
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// A record that the scanner has given up is parsed into a tree. The parser of this file alone
// decides what is valid JSON.

// A jsonKind is the kind of a JSON value.
type jsonKind uint8

const (
	jsonNull jsonKind = iota
	jsonBool
	jsonInteger // a number without a fraction and an exponent
	jsonFloat
	jsonString
	jsonObject
	jsonArray
)

// A value is a node of the tree. It is small, because a record may have millions of them. Nodes
// refer to each other by index; 0 means none, because the root is not the child of a node.
type value struct {
	kind       jsonKind
	repeated   bool // the object has a later member with the same key
	contested  bool // the object has a member whose key differs only in case
	escaped    bool // the string has escapes
	keyEscaped bool
	start, end uint32 // in the line
	keyStart   uint32 // of a member of an object: position of the key, without its quotes
	keyEnd     uint32
	child      uint32 // the first
	next       uint32 // the next sibling
}

// A parser parses one line at a time and reuses its memory.
type parser struct {
	maxDepth int
	line     []byte
	at       int
	chunks   [][]value         // each of chunkValues values
	count    int               // number of values in use
	last     map[string]uint32 // see findRepeats
	folded   map[uint64]uint32 // see findSpellings

	caseSensitive bool
}

const (
	chunkValues = 1 << 12
	keptChunks  = 64 // more chunks, for a very large record, are not kept
)

// node returns the value of an index.
func (p *parser) node(i uint32) *value { return &p.chunks[i/chunkValues][i%chunkValues] }

// add adds a value.
func (p *parser) add(v value) (index uint32) {
	if p.count == len(p.chunks)*chunkValues {
		p.chunks = append(p.chunks, make([]value, chunkValues))
	}
	index = uint32(p.count)
	p.count++
	*p.node(index) = v
	return index
}

// literal returns the text of a value.
func (p *parser) literal(v *value) []byte { return p.line[v.start:v.end] }

// key returns the key of a member of an object as WTF-8, which is UTF-8 with lone surrogates. It
// may share the memory of the line, and is valid only as long as that.
func (p *parser) key(v *value) string {
	raw := p.line[v.keyStart:v.keyEnd]
	if v.keyEscaped {
		raw, _ = unescape(nil, raw)
	}
	return unsafe.String(unsafe.SliceData(raw), len(raw))
}

// text returns the content of a string. It reports false if the string has a lone surrogate, which
// is not valid UTF-8.
func (p *parser) text(v *value) ([]byte, bool) {
	raw := p.line[v.start+1 : v.end-1]
	if !v.escaped {
		return raw, true
	}
	return unescape(nil, raw)
}

// unescape appends the content of a valid string to dst, as WTF-8 if it has lone surrogates.
func unescape(dst, raw []byte) (text []byte, wellFormed bool) {
	wellFormed = true
	for i := 0; i < len(raw); {
		if raw[i] != '\\' {
			dst = append(dst, raw[i])
			i++
			continue
		}
		char, n := decodeEscape(raw[i:])
		if utf16.IsSurrogate(char) {
			wellFormed = false
			dst = append(dst, 0xE0|byte(char>>12), 0x80|byte(char>>6)&0x3F, 0x80|byte(char)&0x3F)
		} else {
			dst = utf8.AppendRune(dst, char)
		}
		i += n
	}
	return dst, wellFormed
}

// A Rejection is the reason why a line is not a row: one of the words of docs/FORMATS.md, and
// details in English.
type Rejection struct {
	Reason, Detail string
}

// The reasons.
const (
	reasonNotJSON   = "not-json"
	reasonNotObject = "not-object"
	reasonBadUTF8   = "bad-utf8"
	reasonTooLong   = "too-long"
	reasonTooDeep   = "too-deep"
)

// parse parses a text that must be one object. The root of the tree is value 0. The tree is valid
// until the next call, and as long as the text is.
func (p *parser) parse(line []byte) *Rejection {
	if !utf8.Valid(line) {
		return badUTF8(line)
	}
	if _, r := p.parsePrefix(line); r != nil {
		return r
	}
	if p.skipSpace(); p.at < len(line) {
		return p.unexpected(" after the value")
	}
	if root := p.node(0); root.kind != jsonObject {
		return &Rejection{reasonNotObject, "the value is " + kindNames[root.kind] + ", not an object"}
	}
	return nil
}

// parsePrefix parses the value at the start of line, and returns the length of its text, white
// space before it included. It accepts any value, and text that is not UTF-8 in strings.
func (p *parser) parsePrefix(line []byte) (n int, r *Rejection) {
	p.line, p.at = line, 0
	p.count = 0
	p.chunks = p.chunks[:min(len(p.chunks), keptChunks):min(len(p.chunks), keptChunks)]
	p.skipSpace()
	_, r = p.value(value{}, 0)
	return p.at, r
}

var kindNames = [...]string{jsonNull: "null", jsonBool: "a boolean", jsonInteger: "a number", jsonFloat: "a number",
	jsonString: "a string", jsonObject: "an object", jsonArray: "an array"}

// badUTF8 rejects a text that is not UTF-8 for the first byte that is not part of a character.
func badUTF8(b []byte) *Rejection {
	i := 0
	for i < len(b) {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			break
		}
		i += n
	}
	return &Rejection{reasonBadUTF8, fmt.Sprintf("byte 0x%02x at byte %d does not belong to a UTF-8 character", b[i],
		i)}
}

func (p *parser) reject(format string, args ...any) *Rejection {
	return &Rejection{reasonNotJSON, fmt.Sprintf(format, args...)}
}

// unexpected rejects the line for the character at the current position.
func (p *parser) unexpected(where string) *Rejection {
	if p.at >= len(p.line) {
		return p.reject("the line ends%s before the value is complete, at byte %d", where, p.at)
	}
	r, _ := utf8.DecodeRune(p.line[p.at:])
	return p.reject("unexpected character %q%s at byte %d", r, where, p.at)
}

func (p *parser) skipSpace() {
	for p.at < len(p.line) {
		switch p.line[p.at] {
		case ' ', '\t', '\r', '\n':
			p.at++
		default:
			return
		}
	}
}

// peek returns the next byte, or 0 at the end.
func (p *parser) peek() byte {
	if p.at < len(p.line) {
		return p.line[p.at]
	}
	return 0
}

// value parses the value at the current position and adds it to the tree, with all values inside
// it. v has its key.
func (p *parser) value(v value, depth int) (self uint32, r *Rejection) {
	v.start = uint32(p.at)
	self = p.add(v)
	kind := jsonNull
	switch c := p.peek(); c {
	case '{', '[':
		if depth >= p.maxDepth {
			return self, &Rejection{reasonTooDeep,
				fmt.Sprintf("more than %d levels of nesting at byte %d", p.maxDepth, p.at)}
		}
		p.at++
		if c == '{' {
			kind = jsonObject
			r = p.members(self, depth+1)
		} else {
			kind = jsonArray
			r = p.elements(self, depth+1)
		}
	case '"':
		kind = jsonString
		p.node(self).escaped, r = p.string()
	case 't':
		kind = jsonBool
		r = p.word("true")
	case 'f':
		kind = jsonBool
		r = p.word("false")
	case 'n':
		r = p.word("null")
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		kind, r = p.number()
	default:
		r = p.unexpected("")
	}
	p.node(self).kind, p.node(self).end = kind, uint32(p.at)
	return self, r
}

func (p *parser) word(word string) *Rejection {
	for i := range len(word) {
		if p.peek() != word[i] {
			return p.unexpected(" in a literal")
		}
		p.at++
	}
	return nil
}

// number parses a number.
func (p *parser) number() (jsonKind, *Rejection) {
	kind := jsonInteger
	if p.peek() == '-' {
		p.at++
	}
	if p.peek() == '0' {
		p.at++
	} else if !p.digits() {
		return kind, p.unexpected(" in a number")
	}
	if p.peek() == '.' {
		kind = jsonFloat
		p.at++
		if !p.digits() {
			return kind, p.unexpected(" in a number")
		}
	}
	if p.peek()|0x20 == 'e' {
		kind = jsonFloat
		p.at++
		if c := p.peek(); c == '+' || c == '-' {
			p.at++
		}
		if !p.digits() {
			return kind, p.unexpected(" in a number")
		}
	}
	return kind, nil
}

// digits skips digits and reports whether there is one.
func (p *parser) digits() bool {
	start := p.at
	for p.at < len(p.line) && p.line[p.at]-'0' <= 9 {
		p.at++
	}
	return p.at > start
}

// string skips a string and reports whether it has escapes.
func (p *parser) string() (escaped bool, r *Rejection) {
	for p.at++; p.at < len(p.line); {
		switch c := p.line[p.at]; {
		case c == '"':
			p.at++
			return escaped, nil
		case c == '\\':
			_, n := decodeEscape(p.line[p.at:])
			if n == 0 {
				return false, p.reject("invalid escape in a string at byte %d", p.at)
			}
			escaped = true
			p.at += n
		case c < ' ':
			return false, p.reject("control character 0x%02x in a string at byte %d", c, p.at)
		default:
			p.at++
		}
	}
	return false, p.unexpected(" inside a string")
}

// members parses an object after its opening brace.
func (p *parser) members(self uint32, depth int) *Rejection {
	p.skipSpace()
	if p.peek() == '}' {
		p.at++
		return nil
	}
	var last uint32
	for {
		if p.peek() != '"' {
			return p.unexpected(" where a key should be")
		}
		member := value{keyStart: uint32(p.at + 1)}
		escaped, r := p.string()
		if r != nil {
			return r
		}
		member.keyEscaped, member.keyEnd = escaped, uint32(p.at-1)
		p.skipSpace()
		if p.peek() != ':' {
			return p.unexpected(" where a colon should be")
		}
		p.at++
		p.skipSpace()
		child, r := p.value(member, depth)
		if r != nil {
			return r
		}
		p.link(self, last, child)
		last = child
		p.skipSpace()
		switch p.peek() {
		case ',':
			p.at++
			p.skipSpace()
		case '}':
			p.at++
			return nil
		default:
			return p.unexpected(" in an object")
		}
	}
}

// elements parses an array after its opening bracket.
func (p *parser) elements(self uint32, depth int) *Rejection {
	p.skipSpace()
	if p.peek() == ']' {
		p.at++
		return nil
	}
	var last uint32
	for {
		child, r := p.value(value{}, depth)
		if r != nil {
			return r
		}
		p.link(self, last, child)
		last = child
		p.skipSpace()
		switch p.peek() {
		case ',':
			p.at++
			p.skipSpace()
		case ']':
			p.at++
			return nil
		default:
			return p.unexpected(" in an array")
		}
	}
}

// link makes child the child of parent that follows last.
func (p *parser) link(parent, last, child uint32) {
	if last == 0 {
		p.node(parent).child = child
	} else {
		p.node(last).next = child
	}
}
