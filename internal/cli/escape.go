package cli

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Escape returns s with everything that is not printable as an escape sequence of Go, such as \x1b:
// control characters, which a terminal may obey, characters that change the direction of text, and
// bytes that are not UTF-8.
func Escape(s string) string {
	if utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return !strconv.IsPrint(r) }) {
		return s
	}
	var b strings.Builder
	for len(s) > 0 {
		r, size := utf8.DecodeRuneInString(s)
		switch {
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&b, `\x%02x`, s[0])
		case strconv.IsPrint(r):
			b.WriteRune(r)
		default:
			quoted := strconv.QuoteRune(r)
			b.WriteString(quoted[1 : len(quoted)-1])
		}
		s = s[size:]
	}
	return b.String()
}

// escapeAll escapes arguments of Printf that are text. The lines of an error after the first are
// indented, so that a name in one cannot look like a message of the program.
func escapeAll(args []any) []any {
	escaped := make([]any, len(args))
	for i, arg := range args {
		switch v := arg.(type) {
		case styled:
			escaped[i] = string(v)
		case string:
			escaped[i] = Escape(v)
		case error:
			lines := strings.Split(v.Error(), "\n")
			for j := range lines {
				lines[j] = Escape(lines[j])
			}
			escaped[i] = strings.Join(lines, "\n  ")
		case fmt.Stringer:
			escaped[i] = Escape(v.String())
		default:
			if escaped[i] = arg; reflect.ValueOf(arg).Kind() == reflect.String {
				escaped[i] = Escape(reflect.ValueOf(arg).String())
			}
		}
	}
	return escaped
}

// escapeJSON escapes the control characters that encoding/json leaves in strings: DEL and U+0080 to
// U+009F.
func escapeJSON(text []byte) []byte {
	var b []byte
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == 0x7f:
			b = append(b, `\u007f`...)
		case c == 0xc2 && i+1 < len(text) && text[i+1] >= 0x80 && text[i+1] <= 0x9f:
			b = fmt.Appendf(b, `\u%04x`, text[i+1])
			i++
		default:
			b = append(b, c)
		}
	}
	return b
}
