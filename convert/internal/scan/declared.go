package scan

import (
	"encoding/binary"
	"math/big"
	"math/bits"
	"time"

	"ndjson-parquet/convert/internal/parquetschema"
	"ndjson-parquet/convert/schema"
)

// Values of the types that are only declared, never learnt: timestamp, date and decimal. A value
// fits if it has one of the accepted forms and is represented exactly.

// declared reads a value into a column of such a type. It gives up strings with escapes.
func (s *scanner) declared(n *node, i int, rep uint8) int {
	b := s.buf
	if b[i] == '"' {
		end := s.plainEnd(i + 1)
		if b[end] != '"' || !s.declaredText(n.column, n.typ, b[i+1:end], rep) {
			return fail
		}
		return end + 1
	}
	if !takesNumbers(n.typ) {
		return fail
	}
	p := parser{line: b, at: i}
	if _, rejected := p.number(); rejected != nil || !s.declaredText(n.column, n.typ, b[i:p.at], rep) {
		return fail
	}
	return p.at
}

// takesNumbers reports whether a declared type takes JSON numbers, and not only strings.
func takesNumbers(t *schema.Type) bool {
	return t.Kind == schema.Decimal || t.Kind == schema.Timestamp && t.Epoch != schema.NoEpoch
}

// declaredText adds the value that a text represents, if it fits.
func (s *scanner) declaredText(c *column, t *schema.Type, text []byte, rep uint8) bool {
	switch t.Kind {
	case schema.Timestamp:
		micros, ok := parseTimestamp(text)
		if !ok && t.Epoch != schema.NoEpoch {
			micros, ok = parseEpoch(text, t.Epoch)
		}
		if ok {
			c.present(s.row, rep)
			c.values = binary.LittleEndian.AppendUint64(c.values, uint64(micros))
		}
		return ok
	case schema.Date:
		days, ok := parseDate(text)
		if ok {
			c.present(s.row, rep)
			c.values = binary.LittleEndian.AppendUint32(c.values, uint32(days))
		}
		return ok
	}
	unscaled, ok := parseDecimal(text, t.Precision, t.Scale)
	if !ok {
		return false
	}
	c.present(s.row, rep)
	switch {
	case t.Precision <= 9:
		c.values = binary.LittleEndian.AppendUint32(c.values, uint32(unscaled.Int64()))
	case t.Precision <= 18:
		c.values = binary.LittleEndian.AppendUint64(c.values, uint64(unscaled.Int64()))
	default:
		c.values = appendBigEndian(c.values, unscaled, parquetschema.DecimalBytes(t.Precision))
	}
	return true
}

// fixedInt reads exactly n digits.
func fixedInt(b []byte, n int) (v int, ok bool) {
	if len(b) < n {
		return 0, false
	}
	for _, c := range b[:n] {
		if c-'0' > 9 {
			return 0, false
		}
		v = v*10 + int(c-'0')
	}
	return v, true
}

// parseDate parses a valid date, YYYY-MM-DD, as days since 1970-01-01.
func parseDate(b []byte) (days int32, ok bool) {
	if len(b) != 10 || b[4] != '-' || b[7] != '-' {
		return 0, false
	}
	year, ok1 := fixedInt(b, 4)
	month, ok2 := fixedInt(b[5:], 2)
	day, ok3 := fixedInt(b[8:], 2)
	if !ok1 || !ok2 || !ok3 || month < 1 || month > 12 || day < 1 {
		return 0, false
	}
	t := time.Date(year, time.Month(month), day, 0, 0, 0, 0, time.UTC)
	if t.Day() != day {
		return 0, false
	}
	return int32(t.Unix() / 86400), t.Unix()%86400 == 0
}

// maxDecimalExponent exceeds the number of digits of any literal.
const maxDecimalExponent = 1 << 40

// A decimalText is a number in the syntax of JSON: the integer that the digits form × 10^exponent.
type decimalText struct {
	negative bool
	digits   []byte // without leading and trailing zeros
	exponent int
}

// splitDecimal splits a number. It reports false if the text is not one.
func splitDecimal(b []byte) (d decimalText, ok bool) {
	p := parser{line: b}
	if _, rejected := p.number(); rejected != nil || p.at != len(b) {
		return d, false
	}
	d.negative = b[0] == '-'
	point := -1 // number of digits before it
	for i, c := range b {
		if c == '.' {
			point = len(d.digits)
		} else if c|0x20 == 'e' {
			d.exponent = smallInt(b[i+1:])
			break
		} else if c != '-' && (c != '0' || len(d.digits) > 0 || point >= 0) {
			d.digits = append(d.digits, c)
		}
	}
	if point >= 0 {
		d.exponent -= len(d.digits) - point
	}
	for len(d.digits) > 0 && d.digits[0] == '0' {
		d.digits = d.digits[1:]
	}
	for len(d.digits) > 0 && d.digits[len(d.digits)-1] == '0' {
		d.digits = d.digits[:len(d.digits)-1]
		d.exponent++
	}
	return d, true
}

// parseDecimal parses a number in the syntax of JSON as unscaled × 10^-scale. It reports false if
// that is not exact or has more than precision digits.
func parseDecimal(b []byte, precision, scale int) (unscaled *big.Int, ok bool) {
	d, ok := splitDecimal(b)
	if !ok {
		return nil, false
	}
	if len(d.digits) == 0 {
		return new(big.Int), true
	}
	zeros := d.exponent + scale
	if zeros < 0 || len(d.digits)+zeros > precision {
		return nil, false
	}
	return d.integer(zeros)
}

// integer returns the integer that the digits and so many zeros after them form.
func (d *decimalText) integer(zeros int) (*big.Int, bool) {
	digits := d.digits
	for range zeros {
		digits = append(digits, '0')
	}
	v, ok := new(big.Int).SetString(string(digits), 10)
	if d.negative && ok {
		v.Neg(v)
	}
	return v, ok
}

// smallInt parses a valid exponent and limits it to ±maxDecimalExponent.
func smallInt(b []byte) int {
	v := 0
	for _, c := range b {
		if c-'0' <= 9 && v <= maxDecimalExponent {
			v = v*10 + int(c-'0')
		}
	}
	v = min(v, maxDecimalExponent)
	if b[0] == '-' {
		return -v
	}
	return v
}

// appendBigEndian appends v as a two's complement number of n bytes, at most 16.
func appendBigEndian(dst []byte, v *big.Int, n int) []byte {
	magnitude := new(big.Int).Abs(v)
	low := magnitude.Uint64()
	high := magnitude.Rsh(magnitude, 64).Uint64()
	if v.Sign() < 0 {
		var carry uint64
		low, carry = bits.Add64(^low, 1, 0)
		high = ^high + carry
	}
	var full [16]byte
	binary.BigEndian.PutUint64(full[:], high)
	binary.BigEndian.PutUint64(full[8:], low)
	return append(dst, full[16-n:]...)
}
