// Package scan turns lines of JSON into columns.
//
// A [Recorder] takes a line in one of two ways. The scanner goes from bytes straight to column
// buffers, as long as a record looks as the schema says. A record that it gives up is parsed into a
// tree (parse.go), which alone decides what is valid JSON; the recorder then learns from the tree
// and rescues the values that do not fit their columns.
package scan

import (
	"bytes"

	"ndjson-parquet/convert/schema"
)

// A scanner reads records from bytes directly into columns, without a tree or a row in between. It
// expects the columns of the schema, and keys in the order of the last record, and validates every
// byte. It gives up a record that has an unknown or repeated key, a value of another type, or a
// syntax error; the record is then parsed into a tree.
type scanner struct {
	buf    []byte // whole lines, each with its newline, and source.Slack more bytes
	row    int    // of the current block
	root   *node
	serial uint64 // number of objects so far
	record uint64 // serial of the current record's object
	rescue rescue
}

// fail is returned instead of a position if the record is given up.
const fail = -1

// scan reads the record whose opening brace is at i and returns the position of the first byte
// after it that is not white space: the newline, if the line has no more records. If it fails, the
// columns may have a part of the record.
func (s *scanner) scan(i int) int {
	s.record = s.serial + 1
	if i = s.object(s.root, i, 0); i == fail || s.buf[i] == '\n' {
		return i
	}
	return s.space(i)
}

// undo removes what the current record has added to the columns. Its top-level fields follow each
// other as they did in the record, so that the cost does not depend on the width of the schema.
func (s *scanner) undo() {
	for f := s.root.fields.first; f != nil && f.serial == s.record; f = f.next {
		f.serial = 0 // of no object; the chain may lead back to the field
		for _, c := range f.leaves {
			c.undo(s.row, s.record)
		}
		f.undoTallies(s.record)
	}
}

func (n *node) undoTallies(record uint64) {
	n.present.undo(record)
	n.members.undo(record)
	for _, f := range n.fields.all {
		if f.column == nil {
			f.undoTallies(record)
		}
	}
	if n.elem != nil {
		n.elem.undoTallies(record)
	}
}

// space skips white space other than newlines.
func (s *scanner) space(i int) int {
	for s.buf[i] == ' ' || s.buf[i] == '\t' || s.buf[i] == '\r' {
		i++
	}
	return i
}

// object reads an object into the fields of n. rep is the repetition level of the first entry of
// each leaf.
func (s *scanner) object(n *node, i int, rep uint8) int {
	b := s.buf
	s.serial++
	serial := s.serial
	if n != s.root {
		n.present.add(s.record)
	}
	found := 0
	expected := &n.fields.first
	if i++; b[i] != '"' {
		if i = s.space(i); b[i] == '}' {
			s.missing(n, found, serial, rep)
			return i + 1
		}
	}
	for {
		if b[i] != '"' {
			return fail
		}
		i++
		f := *expected
		if f != nil && f.key.matches(b[i:]) {
			i += len(f.key.text)
		} else {
			if f, i = s.otherKey(n, i); f == nil {
				return fail
			}
			*expected = f
		}
		// One comparison finds both cases that the parser must handle: the field has occurred in
		// this object, or never in this span.
		if serial-f.serial-1 >= neverMet {
			return fail
		}
		f.serial = serial
		found++

		if b[i] <= ' ' {
			i = s.space(i)
		}
		switch c := b[i]; { // the most frequent cases; value handles all
		case f.kind == schema.String && c == '"':
			f.column.present(s.row, rep)
			i = s.string(f.column, i+1)
		case f.kind == schema.Double && c != 'n':
			i = s.double(f.column, i, rep)
		case f.kind == schema.Int64 && c != 'n':
			i = s.integer(f.column, i, rep)
		default:
			i = s.value(f, i, rep)
		}
		if i == fail {
			return fail
		}
		expected = &f.next

		if b[i] <= ' ' {
			i = s.space(i)
		}
		if b[i] == ',' {
			if i++; b[i] <= ' ' {
				i = s.space(i)
			}
			continue
		}
		if b[i] != '}' {
			return fail
		}
		if n != s.root {
			n.members.addMany(s.record, found)
		}
		s.missing(n, found, serial, rep)
		return i + 1
	}
}

// otherKey reads a key that is not the expected one, and the colon after it.
func (s *scanner) otherKey(n *node, i int) (f *node, end int) {
	end = s.plainEnd(i)
	if s.buf[end] != '"' {
		return nil, fail
	}
	slot := n.fields.find(s.buf[i:], end-i)
	if slot == nil {
		return nil, fail
	}
	f = slot.field
	if slot.key != nil {
		f.key = *slot.key
	}
	if end = s.space(end + 1); s.buf[end] != ':' {
		return nil, fail
	}
	return f, end + 1
}

// neverMet is the serial of a field that has not occurred in this span. No conversion has that many
// objects.
const neverMet = 1 << 60

// missing adds nulls for the fields that an object lacks. Top-level columns are padded later, when
// a value follows.
func (s *scanner) missing(n *node, found int, serial uint64, rep uint8) {
	if found == len(n.fields.all) || n == s.root {
		return
	}
	for _, f := range n.typed {
		if f.serial != serial {
			s.null(f, rep)
		}
	}
}

// null adds an entry to all leaves below n, at the level that says that n is null.
func (s *scanner) null(n *node, rep uint8) {
	if n.level == 1 {
		return // a top-level column: see missing
	}
	for _, c := range n.leaves {
		c.absent(s.row, rep, n.level-1)
	}
}

// value reads a value of n's type.
func (s *scanner) value(n *node, i int, rep uint8) int {
	b := s.buf
	c := b[i]
	if c == 'n' {
		if load64(b[i:])&0xFFFFFFFF != 'n'|'u'<<8|'l'<<16|'l'<<24 {
			return fail
		}
		s.null(n, rep)
		return i + 4
	}
	switch n.kind {
	case schema.String:
		if c != '"' {
			return fail
		}
		n.column.present(s.row, rep)
		return s.string(n.column, i+1)
	case schema.Int64:
		return s.integer(n.column, i, rep)
	case schema.Double:
		return s.double(n.column, i, rep)
	case schema.Bool:
		w := load64(b[i:])
		if w&0xFFFFFFFF == 't'|'r'<<8|'u'<<16|'e'<<24 {
			n.column.present(s.row, rep)
			n.column.values = append(n.column.values, 1)
			return i + 4
		}
		if w&0xFFFFFFFFFF == 'f'|'a'<<8|'l'<<16|'s'<<24|'e'<<32 {
			n.column.present(s.row, rep)
			n.column.values = append(n.column.values, 0)
			return i + 5
		}
	case schema.Struct:
		if c == '{' {
			return s.object(n, i, rep)
		}
	case schema.List:
		if c == '[' {
			return s.list(n, i, rep)
		}
	case schema.Map:
		if c == '{' && n.direct {
			return s.mapping(n, i, rep)
		}
	case schema.Timestamp, schema.Date, schema.Decimal:
		return s.declared(n, i, rep)
	case schema.None:
		return s.emptyArray(n, i)
	}
	return fail
}

// emptyArray rescues an empty array in a place without a type. Some data sets have one in every
// record.
func (s *scanner) emptyArray(n *node, i int) int {
	if s.buf[i] != '[' || n.pointer == "" {
		return fail
	}
	end := s.space(i + 1)
	if s.buf[end] != ']' {
		return fail
	}
	n.present.add(s.record)
	s.rescue.keepEmptyArray(n.pointer, s.buf[i:end+1])
	return end + 1
}

// list reads an array into the elements of n.
func (s *scanner) list(n *node, i int, rep uint8) int {
	b := s.buf
	n.present.add(s.record)
	if i++; b[i] <= ' ' {
		i = s.space(i)
	}
	if b[i] == ']' {
		for _, c := range n.leaves {
			c.absent(s.row, rep, n.level)
		}
		return i + 1
	}
	for {
		if i = s.value(n.elem, i, rep); i == fail {
			return fail
		}
		rep = n.rep
		if b[i] <= ' ' {
			i = s.space(i)
		}
		if b[i] == ']' {
			return i + 1
		}
		if b[i] != ',' {
			return fail
		}
		if i++; b[i] <= ' ' {
			i = s.space(i)
		}
	}
}

// maxScannedKeys is the largest number of keys of a map that the scanner reads. It compares each
// key with all earlier ones.
const maxScannedKeys = 16

// mapping reads an object into the keys and values of the map n.
func (s *scanner) mapping(n *node, i int, rep uint8) int {
	b := s.buf
	n.present.add(s.record)
	if i = s.space(i + 1); b[i] == '}' {
		for _, c := range n.leaves {
			c.absent(s.row, rep, n.level)
		}
		return i + 1
	}
	var keys [maxScannedKeys][]byte
	for found := 0; ; found++ {
		if b[i] != '"' || found == maxScannedKeys {
			return fail
		}
		start := i + 1
		n.keys.present(s.row, rep)
		if i = s.string(n.keys, start); i == fail {
			return fail
		}
		key := b[start : i-1]
		if bytes.IndexByte(key, '\\') >= 0 {
			return fail
		}
		for _, earlier := range keys[:found] {
			if bytes.Equal(earlier, key) {
				return fail
			}
		}
		keys[found] = key
		if i = s.space(i); b[i] != ':' {
			return fail
		}
		if i = s.value(n.elem, s.space(i+1), rep); i == fail {
			return fail
		}
		rep = n.rep
		if i = s.space(i); b[i] == '}' {
			return i + 1
		}
		if b[i] != ',' {
			return fail
		}
		i = s.space(i + 1)
	}
}
