package scan

import (
	"encoding/binary"
	"math"
	"math/bits"
	"strconv"
	"unsafe"
)

// integer reads an integer of at most 64 bits into a bigint column.
func (s *scanner) integer(c *column, i int, rep uint8) int {
	b := s.buf
	negative := b[i] == '-'
	if negative {
		i++
	}
	magnitude, n := leadingDigits(b[i:])
	if n == 0 || b[i] == '0' && n > 1 {
		return fail
	}
	i += n
	if n == 8 {
		more, m := leadingDigits(b[i:])
		magnitude = magnitude*powersOfTen[m] + more
		i += m
		if m == 8 {
			last, k := leadingDigits(b[i:])
			magnitude = magnitude*powersOfTen[k] + last
			i += k
			if k > 3 || magnitude > math.MaxInt64 {
				return fail // out of range, or -2^63, which the parser handles
			}
		}
	}
	v := int64(magnitude)
	if negative {
		v = -v
	}
	if b[i] == '.' || b[i]|0x20 == 'e' {
		return s.zeroFraction(c, v, i, rep)
	}
	c.addInt(v, s.row, rep, s.record)
	return i
}

// addInt adds an integer to a bigint column.
func (c *column) addInt(v int64, row int, rep uint8, record uint64) {
	if !exactInDouble(v) {
		c.addOther(record)
	}
	c.present(row, rep)
	c.values = binary.LittleEndian.AppendUint64(c.values, uint64(v))
}

// addOther counts a value of the class that also fits, or does not fit, the other numeric type. The
// caller then adds the value.
func (c *column) addOther(record uint64) {
	if c.otherKind.n == 0 {
		c.otherFirst = int64(c.count())+c.flushed == c.floats.n
	}
	c.otherKind.add(record)
}

// addDouble adds a number to a double column. integer reports whether its literal is an integer.
func (c *column) addDouble(v float64, integer bool, row int, rep uint8, record uint64) {
	if integer {
		c.addOther(record)
	}
	c.present(row, rep)
	c.values = binary.LittleEndian.AppendUint64(c.values, math.Float64bits(v))
}

// exactInDouble reports whether a double represents v exactly.
func exactInDouble(v int64) bool {
	magnitude := uint64(v)
	if v < 0 {
		magnitude = -magnitude
	}
	return magnitude>>53 == 0 || magnitude>>bits.TrailingZeros64(magnitude) < 1<<53
}

var powersOfTen = [...]uint64{1, 10, 100, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8}

// longDouble reads the usual form of a double of full precision: up to 7 digits, a point, 15 to 19
// digits in total, and no exponent. It returns fail for any other form. It has no branch that
// depends on the number of digits, which is unpredictable: a mispredicted branch takes longer than
// the whole function.
func (s *scanner) longDouble(c *column, i int, rep uint8) int {
	w := s.buf[i:][:24]
	negative := w[0] == '-'
	if negative {
		i++
		w = s.buf[i:][:24]
	}
	first, second, third := load64(w)^'0'*ones, load64(w[8:])^'0'*ones, load64(w[16:])^'0'*ones
	point := nonDigits(first)
	whole := firstMatch(point)
	last := firstMatch(nonDigits(third))
	if point&(point-1)|nonDigits(second) != 0 || point == 0 || w[whole] != '.' || last > 4 ||
		whole == 0 || w[0] == '0' && whole > 1 || w[16+last]|0x20 == 'e' {
		return fail
	}
	// Remove the point.
	before := uint64(1)<<(8*whole&63) - 1
	first = first&before<<8 | first&^(before<<8|0xFF)
	mantissa := eightDigits(first)*1e8 + eightDigits(second)
	mantissa = mantissa*powersOfTen[last] + eightDigits(third<<8<<((56-8*last)&63))
	v, ok := eiselLemire(mantissa, whole-15-last, negative)
	if !ok {
		return fail
	}
	c.addDouble(v, false, s.row, rep, s.record)
	return i + 16 + last
}

// double reads a number into a double column.
func (s *scanner) double(c *column, i int, rep uint8) int {
	if end := s.longDouble(c, i, rep); end != fail {
		return end
	}
	b := s.buf
	start := i
	negative := b[i] == '-'
	if negative {
		i++
	}
	// The digits before and after the point are evaluated together, 8 at a time, after the point is
	// removed.
	t := load64(b[i:]) ^ '0'*ones
	whole := firstMatch(nonDigits(t)) // digits before the point
	if whole == 0 || b[i] == '0' && whole > 1 {
		return fail
	}
	integer := true
	var mantissa uint64
	digits, exponent := whole, 0
	if whole < 8 && b[i+whole] == '.' {
		integer = false
		before := uint64(1)<<(8*whole) - 1
		t = t&before | t>>8&^before | uint64(b[i+8]^'0')<<56
		if digits = firstMatch(nonDigits(t)); digits == whole {
			return fail
		}
		mantissa = eightDigits(t << (-8 * digits & 63))
		i += digits + 1
		if digits == 8 {
			mantissa, digits, i = s.moreDigits(mantissa, digits, i)
		}
		exponent = whole - digits
	} else {
		mantissa = eightDigits(t << (-8 * whole & 63))
		i += whole
		if whole == 8 {
			mantissa, digits, i = s.moreDigits(mantissa, digits, i)
		}
		if b[i] == '.' {
			integer = false
			whole = digits
			if mantissa, digits, i = s.moreDigits(mantissa, digits, i+1); digits == whole {
				return fail
			}
			exponent = whole - digits
		}
	}
	if b[i]|0x20 == 'e' {
		integer = false
		var e int
		if e, i = s.exponent(i + 1); i == fail {
			return fail
		}
		exponent += e
	}
	if integer {
		if digits > 18 {
			return fail
		}
		v := int64(mantissa)
		if negative {
			v = -v
		}
		if !exactInDouble(v) {
			return fail
		}
		c.addDouble(float64(v), true, s.row, rep, s.record)
		return i
	}
	var v float64
	ok := false
	if digits <= 19 {
		v, ok = assemble(mantissa, exponent, negative)
	}
	if !ok {
		if v, ok = parseFloat(b[start:i]); !ok {
			return fail
		}
	}
	c.addDouble(v, false, s.row, rep, s.record)
	return i
}

// moreDigits continues to read a number with the given mantissa and number of digits. The mantissa
// is valid up to 19 digits.
func (s *scanner) moreDigits(mantissa uint64, digits, i int) (uint64, int, int) {
	b := s.buf
	if t := load64(b[i:]) ^ '0'*ones; nonDigits(t) == 0 {
		mantissa = mantissa*1e8 + eightDigits(t)
		digits += 8
		i += 8
	}
	for d := b[i] - '0'; d <= 9; d = b[i] - '0' {
		mantissa = mantissa*10 + uint64(d)
		digits++
		i++
	}
	return mantissa, digits, i
}

// exponent reads the exponent after the letter e. Magnitudes above a million are not distinguished.
func (s *scanner) exponent(i int) (e, end int) {
	b := s.buf
	negative := b[i] == '-'
	if negative || b[i] == '+' {
		i++
	}
	start := i
	for b[i]-'0' <= 9 {
		if e < 1e6 {
			e = e*10 + int(b[i]-'0')
		}
		i++
	}
	if i == start {
		return 0, fail
	}
	if negative {
		e = -e
	}
	return e, i
}

// assemble returns the double nearest to mantissa × 10^exponent, or false where a fast method does
// not decide it.
func assemble(mantissa uint64, exponent int, negative bool) (float64, bool) {
	if mantissa>>53 == 0 && -22 <= exponent && exponent <= 22 {
		// Both operands are exact, so that one operation rounds correctly (Clinger 1990).
		v := float64(mantissa)
		if negative {
			v = -v
		}
		if exponent < 0 {
			return v / exactPowers[-exponent], true
		}
		return v * exactPowers[exponent], true
	}
	return eiselLemire(mantissa, exponent, negative)
}

var exactPowers = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
	1e17, 1e18, 1e19, 1e20, 1e21, 1e22}

// parseFloat converts a float literal. It reports false if the value is too large for a double, and
// if a value other than zero would become zero.
func parseFloat(literal []byte) (float64, bool) {
	v, err := strconv.ParseFloat(unsafe.String(unsafe.SliceData(literal), len(literal)), 64)
	if err != nil {
		return 0, false
	}
	if v == 0 {
		for _, c := range literal {
			if c|0x20 == 'e' {
				break
			}
			if '1' <= c && c <= '9' {
				return 0, false
			}
		}
	}
	return v, true
}
