package source

// Line separators and record separators. A line normally holds one record. Writers that join
// records without a newline, RFC 7464 text sequences, CR as the line end, NULs that a truncated log
// leaves, and arrays written one record a line have other bytes between records.

// IsSeparator reports whether c may stand before, between and after the records of a line: a space,
// a tab, CR, a comma, the record separator of RFC 7464, or NUL.
func IsSeparator(c byte) bool { return classes[c]&separator != 0 }

// Classes of bytes.
const (
	separator   = 1 << iota
	structural  // has a meaning for RecordEnd
	significant // is not white space
)

var classes = func() (t [256]uint8) {
	for c := range t {
		t[c] = significant
	}
	for _, c := range []byte(" \t\r\n") {
		t[c] = 0
	}
	for _, c := range []byte(" \t\r,\x1E\x00") {
		t[c] |= separator
	}
	for _, c := range []byte("\"\\{}\r\n\x1E\x00") {
		t[c] |= structural
	}
	return t
}()

// A RecordEnd finds the end of a record by its braces and quotes, without deciding whether it is
// valid JSON. A record that begins with a brace ends at the matching brace. Any record ends at a
// newline, and before NUL, the record separator or CR if they, and other separators, are followed
// by a brace where no valid record can go on. The zero value is for use at the start of a record.
type RecordEnd struct {
	read     int64 // bytes so far
	depth    int   // of braces
	inString bool
	escaped  bool  // the next byte follows a backslash
	last     byte  // the last byte that is not white space
	mark     int64 // position + 1 of the first byte of a run of separators that may end the record
	breaks   int   // CRs in that run
}

// Scan continues with the next bytes of the record. If it finds the end, it returns the length of
// the record, and the position of what follows the separators after it: a newline, the brace of the
// next record, or the byte after the closing brace. Both count from the start of the record.
func (e *RecordEnd) Scan(b []byte) (end, next int64, found bool) {
	for i := 0; i < len(b); i++ {
		c := b[i]
		if e.mark > 0 {
			if c == '{' {
				return e.mark - 1, e.read + int64(i), true
			}
			if classes[c]&separator != 0 {
				e.breaks += breakOf(c)
				continue
			}
			e.mark, e.breaks = 0, 0
		}
		if classes[c]&structural == 0 {
			if e.escaped = false; classes[c]&significant != 0 {
				e.last = c
			}
			continue
		}
		if c == '\n' {
			return e.read + int64(i), e.read + int64(i), true
		}
		escaped := e.escaped
		e.escaped = false
		switch c {
		case '\r', 0x1E, 0:
			if c != '\r' || e.inString || !mayPrecedeValue(e.last) {
				e.mark, e.breaks = e.read+int64(i)+1, breakOf(c)
			}
			continue
		case '"':
			if !escaped {
				e.inString = !e.inString
			}
		case '\\':
			e.escaped = e.inString && !escaped
		case '{':
			if !e.inString && (e.depth > 0 || e.read+int64(i) == 0) {
				e.depth++
			}
		case '}':
			if !e.inString && e.depth > 0 {
				if e.depth--; e.depth == 0 {
					n := e.read + int64(i) + 1
					return n, n, true
				}
			}
		}
		e.last = c
	}
	e.read += int64(len(b))
	return 0, 0, false
}

// mayPrecedeValue reports whether an object may follow c inside valid JSON.
func mayPrecedeValue(c byte) bool { return c == ':' || c == '[' || c == ',' }

// breakOf returns the number of line ends that a separator is.
func breakOf(c byte) int {
	if c == '\r' {
		return 1
	}
	return 0
}
