package scan

import "encoding/binary"

// A float literal that is an integer, such as 3.0 or 5e0, fits a bigint column. It is evidence for
// a double nevertheless: see docs/FORMATS.md.

// zeroFraction reads the rest of a number with integer part v, if that is a point and zeros. The
// parser reads the first such number of a span, which determines the order of the classes, and all
// that have an exponent.
func (s *scanner) zeroFraction(c *column, v int64, i int, rep uint8) int {
	b := s.buf
	if c.floats.n == 0 || b[i] != '.' || b[i+1] != '0' {
		return fail
	}
	for i += 2; b[i] == '0'; i++ {
	}
	if b[i]-'0' <= 9 || b[i]|0x20 == 'e' {
		return fail
	}
	c.addIntegralFloat(v, s.row, rep, s.record)
	return i
}

// addIntegralFloat adds a float literal to a bigint column.
func (c *column) addIntegralFloat(v int64, row int, rep uint8, record uint64) {
	c.floats.add(record)
	c.present(row, rep)
	c.values = binary.LittleEndian.AppendUint64(c.values, uint64(v))
}

// integralFloat records a float literal in a bigint column, if it is an integer of 64 bits, and
// reports whether it is.
func (r *Recorder) integralFloat(n *node, literal []byte, rep uint8) bool {
	const maxDigits = 19
	v, ok := parseDecimal(literal, maxDigits, 0)
	if !ok || !v.IsInt64() {
		return false
	}
	n.countHere()
	n.column.addIntegralFloat(v.Int64(), r.row, rep, r.record)
	n.countHere()
	return true
}
