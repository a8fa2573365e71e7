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
	if n.kind != schema.Decimal {
		return fail
	}
	p := parser{line: b, at: i}
	if _, rejected := p.number(); rejected != nil || !s.declaredText(n.column, n.typ, b[i:p.at], rep) {
		return fail
	}
	return p.at
}

// declaredText adds the value that a text represents, if it fits.
func (s *scanner) declaredText(c *column, t *schema.Type, text []byte, rep uint8) bool {
	switch t.Kind {
	case schema.Timestamp:
		micros, ok := parseTimestamp(text)
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

// parseTimestamp parses the forms of RFC 3339 and ISO 8601, YYYY-MM-DDThh:mm[:ss[.fraction]][zone],
// as microseconds since 1970-01-01T00:00:00Z. A space may replace the T. The zone is Z, ±hh:mm,
// ±hhmm or ±hh, and UTC if it is missing. Digits beyond the microsecond must be zero.
func parseTimestamp(b []byte) (micros int64, ok bool) {
	if len(b) < 16 || b[10]|0x20 != 't' && b[10] != ' ' || b[13] != ':' {
		return 0, false
	}
	days, ok := parseDate(b[:10])
	hour, ok1 := fixedInt(b[11:], 2)
	minute, ok2 := fixedInt(b[14:], 2)
	if !ok || !ok1 || !ok2 || hour > 23 || minute > 59 {
		return 0, false
	}
	b = b[16:]
	seconds := int64(days)*86400 + int64(hour)*3600 + int64(minute)*60
	var fraction int64
	if len(b) > 0 && b[0] == ':' {
		second, ok := fixedInt(b[1:], 2)
		if !ok || second > 59 {
			return 0, false
		}
		seconds += int64(second)
		b = b[3:]
		if len(b) > 0 && (b[0] == '.' || b[0] == ',') {
			if fraction, b, ok = parseFraction(b[1:]); !ok {
				return 0, false
			}
		}
	}
	offset, ok := parseZone(b)
	return (seconds-offset)*1e6 + fraction, ok
}

// parseFraction parses the digits of a fraction of a second as microseconds.
func parseFraction(b []byte) (micros int64, rest []byte, ok bool) {
	unit := int64(100_000)
	i := 0
	for ; i < len(b) && b[i]-'0' <= 9; i++ {
		if unit == 0 && b[i] != '0' {
			return 0, nil, false
		}
		micros += int64(b[i]-'0') * unit
		unit /= 10
	}
	return micros, b[i:], i > 0
}

// parseZone parses a zone as seconds east of UTC.
func parseZone(b []byte) (seconds int64, ok bool) {
	if len(b) == 0 || len(b) == 1 && b[0]|0x20 == 'z' {
		return 0, true
	}
	sign := int64(1)
	switch b[0] {
	case '+':
	case '-':
		sign = -1
	default:
		return 0, false
	}
	hours, ok := fixedInt(b[1:], 2)
	if !ok || hours > 23 {
		return 0, false
	}
	minutes := 0
	if b = b[3:]; len(b) > 0 {
		if b[0] == ':' {
			b = b[1:]
		}
		if minutes, ok = fixedInt(b, 2); !ok || len(b) != 2 || minutes > 59 {
			return 0, false
		}
	}
	return sign * int64(hours*3600+minutes*60), true
}

// maxDecimalExponent exceeds the number of digits of any literal.
const maxDecimalExponent = 1 << 40

// parseDecimal parses a number in the syntax of JSON as unscaled × 10^-scale. It reports false if
// that is not exact or has more than precision digits.
func parseDecimal(b []byte, precision, scale int) (unscaled *big.Int, ok bool) {
	p := parser{line: b}
	if _, rejected := p.number(); rejected != nil || p.at != len(b) {
		return nil, false
	}
	negative := b[0] == '-'
	var digits []byte
	point := -1 // number of digits before it
	exponent := 0
	for i, c := range b {
		if c == '.' {
			point = len(digits)
		} else if c|0x20 == 'e' {
			exponent = smallInt(b[i+1:])
			break
		} else if c != '-' && (c != '0' || len(digits) > 0 || point >= 0) {
			digits = append(digits, c)
		}
	}
	if point >= 0 {
		exponent -= len(digits) - point
	}
	exponent += scale
	for len(digits) > 0 && digits[0] == '0' {
		digits = digits[1:]
	}
	for len(digits) > 0 && digits[len(digits)-1] == '0' {
		digits = digits[:len(digits)-1]
		exponent++
	}
	if len(digits) == 0 {
		return new(big.Int), true
	}
	if exponent < 0 || len(digits)+exponent > precision {
		return nil, false
	}
	for range exponent {
		digits = append(digits, '0')
	}
	unscaled, ok = new(big.Int).SetString(string(digits), 10)
	if negative && ok {
		unscaled.Neg(unscaled)
	}
	return unscaled, ok
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
