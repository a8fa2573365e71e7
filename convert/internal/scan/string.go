package scan

import (
	"encoding/binary"
	"slices"
	"unicode/utf16"
	"unicode/utf8"

	"ndjson-parquet/convert/internal/source"
)

// plainEnd returns the position of the first quote, backslash or control character at or after i.
func (s *scanner) plainEnd(i int) int {
	for {
		if mask := endsString(load64(s.buf[i:])); mask != 0 {
			return i + firstMatch(mask)
		}
		i += 8
	}
}

// shortString is the length of the strings for which a column has room before they are scanned.
// Longer strings may be scanned twice.
const shortString = 64

// string appends the string whose first character is at i to the values of c, and returns the
// position after its closing quote.
func (s *scanner) string(c *column, i int) int {
	b := s.buf[i:]
	values := c.values
	at := len(values)
	c.lastText = at
	if cap(values)-at < 4+shortString+source.Slack {
		values = slices.Grow(values, 4+shortString+source.Slack)
		c.values = values
	}
	to := values[at:cap(values)]
	n, ascii := copyPlain(to[4:], b)
	if b[n] != '"' {
		end := s.plainEnd(i + n)
		if s.buf[end] != '"' {
			return s.oddString(c, i, end)
		}
		values = append(values[:at+4+n], b[n:end-i]...)
		n, ascii = end-i, false
	} else {
		values = values[:at+4+n]
	}
	if !ascii && !utf8.Valid(b[:n]) {
		return fail
	}
	binary.LittleEndian.PutUint32(values[at:], uint32(n))
	c.values = values
	return i + n + 1
}

// copyPlainGo is copyPlain without assembly.
func copyPlainGo(dst, src []byte) (n int, ascii bool) {
	var high uint64
	for ; n+source.Slack <= len(dst); n += 8 {
		w := load64(src[n:])
		binary.LittleEndian.PutUint64(dst[n:], w)
		if mask := endsString(w); mask != 0 {
			end := firstMatch(mask)
			high |= w & (1<<(8*end) - 1)
			n += end
			break
		}
		high |= w
	}
	return n, high&highs == 0
}

// oddString reads a string whose first character that is not plain is at j.
func (s *scanner) oddString(c *column, i, j int) int {
	if s.buf[j] != '\\' {
		return fail
	}
	return s.escapedString(c, i, j)
}

// AppendBytes appends a text in the form of a PLAIN byte array: 4 bytes of length, little-endian,
// and the text.
func AppendBytes(values, text []byte) []byte {
	values = binary.LittleEndian.AppendUint32(values, uint32(len(text)))
	return append(values, text...)
}

// escapedString reads a string whose first escape is at j.
func (s *scanner) escapedString(c *column, i, j int) int {
	at := len(c.values)
	c.values = append(c.values, 0, 0, 0, 0)
	c.values = append(c.values, s.buf[i:j]...)
	for {
		switch s.buf[j] {
		case '"':
			if !utf8.Valid(s.buf[i:j]) {
				return fail
			}
			binary.LittleEndian.PutUint32(c.values[at:], uint32(len(c.values)-at-4))
			return j + 1
		case '\\':
			r, n := decodeEscape(s.buf[j:])
			if n == 0 || utf16.IsSurrogate(r) {
				return fail
			}
			c.values = utf8.AppendRune(c.values, r)
			j += n
		default:
			return fail
		}
		from := j
		j = s.plainEnd(j)
		c.values = append(c.values, s.buf[from:j]...)
	}
}

// decodeEscape decodes the escape, or the pair of surrogate escapes, at the start of b. It returns
// its length, which is 0 if it is invalid. A surrogate that is not part of a pair is returned as it
// is.
func decodeEscape(b []byte) (rune, int) {
	if len(b) < 2 {
		return 0, 0
	}
	switch b[1] {
	case '"', '\\', '/':
		return rune(b[1]), 2
	case 'b':
		return '\b', 2
	case 'f':
		return '\f', 2
	case 'n':
		return '\n', 2
	case 'r':
		return '\r', 2
	case 't':
		return '\t', 2
	case 'u':
		r, ok := decodeHex(b[2:])
		if !ok {
			return 0, 0
		}
		if utf16.IsSurrogate(r) && len(b) >= 12 && b[6] == '\\' && b[7] == 'u' {
			if second, ok := decodeHex(b[8:]); ok {
				if pair := utf16.DecodeRune(r, second); pair != utf8.RuneError {
					return pair, 12
				}
			}
		}
		return r, 6
	}
	return 0, 0
}

func decodeHex(b []byte) (r rune, ok bool) {
	if len(b) < 4 {
		return 0, false
	}
	for _, c := range b[:4] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}
