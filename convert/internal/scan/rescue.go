package scan

import (
	"fmt"
	"strconv"
	"unicode/utf8"
)

// A rescue collects the values of a record that do not fit its columns, as a JSON object from JSON
// pointers (RFC 6901) to the text of the values.
type rescue struct {
	line    []byte
	count   int    // number of values of this record
	out     []byte // the object so far
	pointer []byte // to the current place, escaped for JSON
	marks   []int  // positions in pointer at which its steps begin
	repeats map[string]int
	dynamic int // number of steps in pointer that differ between records: elements, and keys of maps
}

// reset prepares for another record.
func (r *rescue) reset(line []byte) {
	r.line, r.count = line, 0
	r.pointer, r.marks = r.pointer[:0], r.marks[:0]
	clear(r.repeats)
}

// enterKey enters a member of an object.
func (r *rescue) enterKey(key string) {
	r.marks = append(r.marks, len(r.pointer))
	r.pointer = appendPointerStep(append(r.pointer, '/'), key)
}

// enterMapKey enters a value of a map.
func (r *rescue) enterMapKey(key string) {
	r.dynamic++
	r.enterKey(key)
}

// enterIndex enters an element of an array.
func (r *rescue) enterIndex(i int) {
	r.dynamic++
	r.marks = append(r.marks, len(r.pointer))
	r.pointer = strconv.AppendInt(append(r.pointer, '/'), int64(i), 10)
}

// leaveDynamic leaves an element, or a value of a map.
func (r *rescue) leaveDynamic() {
	r.dynamic--
	r.leave()
}

// leave leaves a member of an object.
func (r *rescue) leave() {
	last := len(r.marks) - 1
	r.pointer = r.pointer[:r.marks[last]]
	r.marks = r.marks[:last]
}

// keep adds the value at the current place.
func (r *rescue) keep(v *value) { r.keepAs(v, "") }

// keepRepeated adds a value whose key occurs again later in the object.
func (r *rescue) keepRepeated(v *value) {
	if r.repeats == nil {
		r.repeats = map[string]int{}
	}
	r.repeats[string(r.pointer)]++
	suffix := "~d"
	if n := r.repeats[string(r.pointer)]; n > 1 {
		suffix = "~d" + strconv.Itoa(n)
	}
	r.keepAs(v, suffix)
}

func (r *rescue) keepAs(v *value, suffix string) {
	r.begin()
	r.out = append(r.out, r.pointer...)
	r.out = append(r.out, suffix...)
	r.out = append(r.out, '"', ':')
	r.out = append(r.out, r.line[v.start:v.end]...)
}

// keepEmptyArray adds an empty array that the scanner has read.
func (r *rescue) keepEmptyArray(pointer string, text []byte) {
	r.begin()
	r.out = append(r.out, pointer...)
	r.out = append(r.out, '"', ':')
	r.out = append(r.out, text...)
}

// begin starts an entry.
func (r *rescue) begin() {
	separator := byte(',')
	if r.count == 0 {
		separator = '{'
		r.out = r.out[:0]
	}
	r.count++
	r.out = append(r.out, separator, '"')
}

// finish returns the object. It is valid until the next record.
func (r *rescue) finish() []byte {
	r.out = append(r.out, '}')
	return r.out
}

// appendPointerStep appends a key, escaped first for a JSON pointer and then for a JSON string. A
// lone surrogate, which is in the key as WTF-8, becomes an escape again.
func appendPointerStep(dst []byte, key string) []byte {
	for i := 0; i < len(key); {
		c := key[i]
		switch {
		case c == '~':
			dst = append(dst, "~0"...)
		case c == '/':
			dst = append(dst, "~1"...)
		case c < ' ' || c == '"' || c == '\\':
			dst = appendEscape(dst, c)
		case c == 0xED && i+2 < len(key) && key[i+1] >= 0xA0:
			dst = fmt.Appendf(dst, `\u%04x`, rune(c&0x0F)<<12|rune(key[i+1]&0x3F)<<6|rune(key[i+2]&0x3F))
			i += 3
			continue
		case c >= utf8.RuneSelf:
			_, n := utf8.DecodeRuneInString(key[i:])
			dst = append(dst, key[i:i+n]...)
			i += n
			continue
		default:
			dst = append(dst, c)
		}
		i++
	}
	return dst
}
