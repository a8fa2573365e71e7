package convert

import (
	"bytes"
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// The careful path: a record that the scanner gave up is parsed into a tree. This parser alone decides what is JSON.

// A jsonKind is the kind of a JSON value.
type jsonKind uint8

const (
	jsonNull jsonKind = iota
	jsonBool
	jsonInteger // a number without fraction and exponent
	jsonFloat
	jsonString
	jsonObject
	jsonArray
)

// A value is a node of the tree. Children hang together by their indexes in the parser's values; 0 is none, as the root
// is nobody's child.
type value struct {
	kind       jsonKind
	start, end int    // in the line
	key        string // of a member of an object, as WTF-8: lone surrogates are kept
	text       []byte // of a string, decoded; nil if it has a lone surrogate
	repeated   bool   // a later member of the object has the same key
	child      int    // the first
	next       int    // the next sibling
}

// A parser parses lines one after the other and reuses its memory.
type parser struct {
	maxDepth int
	line     []byte
	at       int
	values   []value
	decoded  []byte
	last     map[string]int // see findRepeats
}

// A rejection says why a line is not a row.
type rejection struct {
	reason, detail string
}

// The reasons.
const (
	reasonNotJSON   = "not-json"
	reasonNotObject = "not-object"
	reasonBadUTF8   = "bad-utf8"
	reasonTooLong   = "too-long"
	reasonTooDeep   = "too-deep"
)

// parse parses a line that must hold one object. The tree is in p.values, the root first, until the next call.
func (p *parser) parse(line []byte) *rejection {
	p.line, p.at = line, 0
	p.values, p.decoded = p.values[:0], p.decoded[:0]
	if i := invalidUTF8(line); i >= 0 {
		return &rejection{reasonBadUTF8, fmt.Sprintf("byte 0x%02x at byte %d does not belong to a UTF-8 character", line[i], i)}
	}
	p.skipSpace()
	if r := p.value("", 0); r != nil {
		return r
	}
	p.skipSpace()
	if p.at < len(line) {
		return p.unexpected(" after the value")
	}
	if root := &p.values[0]; root.kind != jsonObject {
		return &rejection{reasonNotObject, "the value is " + kindNames[root.kind] + ", not an object"}
	}
	return nil
}

var kindNames = [...]string{jsonNull: "null", jsonBool: "a boolean", jsonInteger: "a number", jsonFloat: "a number",
	jsonString: "a string", jsonObject: "an object", jsonArray: "an array"}

// invalidUTF8 returns the position of the first byte that is not part of a UTF-8 character, or -1.
func invalidUTF8(b []byte) int {
	if utf8.Valid(b) {
		return -1
	}
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n == 1 {
			return i
		}
		i += n
	}
	return -1
}

func (p *parser) reject(format string, args ...any) *rejection {
	return &rejection{reasonNotJSON, fmt.Sprintf(format, args...)}
}

// unexpected rejects the character at the current position.
func (p *parser) unexpected(where string) *rejection {
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

// peek returns the next byte, 0 at the end.
func (p *parser) peek() byte {
	if p.at < len(p.line) {
		return p.line[p.at]
	}
	return 0
}

// value parses the value at the current position and appends it, and all below it, to p.values.
func (p *parser) value(key string, depth int) *rejection {
	self := len(p.values)
	p.values = append(p.values, value{key: key, start: p.at})
	var r *rejection
	switch c := p.peek(); c {
	case '{', '[':
		if depth >= p.maxDepth {
			return &rejection{reasonTooDeep, fmt.Sprintf("more than %d levels of nesting at byte %d", p.maxDepth, p.at)}
		}
		p.at++
		if c == '{' {
			p.values[self].kind = jsonObject
			r = p.members(self, depth+1)
		} else {
			p.values[self].kind = jsonArray
			r = p.elements(self, depth+1)
		}
	case '"':
		p.values[self].kind = jsonString
		var text []byte
		var wellFormed bool
		text, wellFormed, r = p.string()
		if wellFormed {
			p.values[self].text = text
		}
	case 't':
		p.values[self].kind = jsonBool
		r = p.literal("true")
	case 'f':
		p.values[self].kind = jsonBool
		r = p.literal("false")
	case 'n':
		r = p.literal("null")
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		p.values[self].kind, r = p.number()
	default:
		r = p.unexpected("")
	}
	p.values[self].end = p.at
	return r
}

func (p *parser) literal(word string) *rejection {
	for i := range len(word) {
		if p.peek() != word[i] {
			return p.unexpected(" in a literal")
		}
		p.at++
	}
	return nil
}

// number parses a number.
func (p *parser) number() (jsonKind, *rejection) {
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

// digits skips digits and reports whether there was one.
func (p *parser) digits() bool {
	start := p.at
	for p.at < len(p.line) && p.line[p.at]-'0' <= 9 {
		p.at++
	}
	return p.at > start
}

// string parses a string. wellFormed is false if it has a lone surrogate, which text then holds as WTF-8. text is valid
// until the next line.
func (p *parser) string() (text []byte, wellFormed bool, r *rejection) {
	p.at++
	start := p.at
	for i := start; i < len(p.line); i++ {
		c := p.line[i]
		if c == '"' {
			p.at = i + 1
			return p.line[start:i:i], true, nil // without escapes, as it stands
		}
		if c == '\\' || c < ' ' {
			break
		}
	}
	from := len(p.decoded)
	wellFormed = true
	for p.at < len(p.line) {
		switch c := p.line[p.at]; {
		case c == '"':
			p.at++
			return p.decoded[from:len(p.decoded):len(p.decoded)], wellFormed, nil
		case c == '\\':
			char, n := decodeEscape(p.line[p.at:])
			if n == 0 {
				return nil, false, p.reject("invalid escape in a string at byte %d", p.at)
			}
			if utf16.IsSurrogate(char) {
				wellFormed = false
				p.decoded = append(p.decoded, 0xE0|byte(char>>12), 0x80|byte(char>>6)&0x3F, 0x80|byte(char)&0x3F)
			} else {
				p.decoded = utf8.AppendRune(p.decoded, char)
			}
			p.at += n
		case c < ' ':
			return nil, false, p.reject("control character 0x%02x in a string at byte %d", c, p.at)
		default:
			p.decoded = append(p.decoded, c)
			p.at++
		}
	}
	return nil, false, p.unexpected(" inside a string")
}

// members parses what follows an opening brace.
func (p *parser) members(self, depth int) *rejection {
	p.skipSpace()
	if p.peek() == '}' {
		p.at++
		return nil
	}
	last := 0
	for {
		if p.peek() != '"' {
			return p.unexpected(" where a key should be")
		}
		key, _, r := p.string()
		if r != nil {
			return r
		}
		p.skipSpace()
		if p.peek() != ':' {
			return p.unexpected(" where a colon should be")
		}
		p.at++
		p.skipSpace()
		child := len(p.values)
		if r := p.value(string(key), depth); r != nil {
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

// elements parses what follows an opening bracket.
func (p *parser) elements(self, depth int) *rejection {
	p.skipSpace()
	if p.peek() == ']' {
		p.at++
		return nil
	}
	last := 0
	for {
		child := len(p.values)
		if r := p.value("", depth); r != nil {
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

// link makes child the next child of parent, behind last.
func (p *parser) link(parent, last, child int) {
	if last == 0 {
		p.values[parent].child = child
	} else {
		p.values[last].next = child
	}
}

// isBlank reports whether a line is neither a row nor a reject.
func isBlank(line []byte) bool { return len(bytes.Trim(line, " \t\r")) == 0 }
