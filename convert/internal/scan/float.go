package scan

import (
	"math"
	"math/bits"
)

// eiselLemire returns the double nearest to mantissa × 10^exponent10, or false where 128 bits do
// not decide it. The algorithm is that of Daniel Lemire, "Number Parsing at a Gigabyte per Second"
// (2021), in the form of Go's strconv, which does not export it. The constants are those of IEEE
// 754 binary64.
func eiselLemire(mantissa uint64, exponent10 int, negative bool) (float64, bool) {
	if mantissa == 0 {
		if negative {
			return math.Copysign(0, -1), true
		}
		return 0, true
	}
	if exponent10 < minPower || exponent10 > maxPower {
		return 0, false
	}
	const bias = 1023
	zeros := bits.LeadingZeros64(mantissa)
	mantissa <<= zeros & 63
	exponent2 := uint64(217706*exponent10>>16+64+bias) - uint64(zeros) // 217706/2^16 approximates log2(10)

	power := &powers128[exponent10-minPower]
	high, low := bits.Mul64(mantissa, power[0])
	if high&0x1FF == 0x1FF && low+mantissa < mantissa {
		// The lower half of the power may decide.
		high2, low2 := bits.Mul64(mantissa, power[1])
		merged, carry := bits.Add64(low, high2, 0)
		high += carry
		if high&0x1FF == 0x1FF && merged+1 == 0 && low2+mantissa < mantissa {
			return 0, false
		}
		low = merged
	}

	// Reduce to 54 bits, then round to 53.
	top := high >> 63
	fraction := high >> ((top + 9) & 63)
	exponent2 -= 1 ^ top
	if low == 0 && high&0x1FF == 0 && fraction&3 == 1 {
		return 0, false // half way
	}
	fraction += fraction & 1
	fraction >>= 1
	if fraction>>53 > 0 {
		fraction >>= 1
		exponent2++
	}
	if exponent2-1 >= 0x7FF-1 {
		return 0, false // subnormal or too large
	}
	result := exponent2<<52 | fraction&(1<<52-1)
	if negative {
		result |= 1 << 63
	}
	return math.Float64frombits(result), true
}
