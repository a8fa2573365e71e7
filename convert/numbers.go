package convert

import (
	"math"
	"math/big"
	"strconv"
	"unsafe"
)

// A number is what a JSON number means to the numeric types.
type number struct {
	class   class
	integer int64   // of classInt and classIntOnly
	double  float64 // of classInt, classDoubleInt and classFloat
}

// readNumber classifies a well-formed JSON number.
func readNumber(literal []byte, kind jsonKind) number {
	if kind == jsonFloat {
		if v, ok := parseFloat(literal); ok {
			return number{class: classFloat, double: v}
		}
		return number{class: classOther}
	}
	if v, err := strconv.ParseInt(unsafe.String(unsafe.SliceData(literal), len(literal)), 10, 64); err == nil {
		if exactInDouble(v) {
			return number{class: classInt, integer: v, double: float64(v)}
		}
		return number{class: classIntOnly, integer: v}
	}
	if len(literal) <= maxIntegerDigits {
		if v, ok := new(big.Int).SetString(string(literal), 10); ok {
			if f, accuracy := new(big.Float).SetInt(v).Float64(); accuracy == big.Exact && !math.IsInf(f, 0) {
				return number{class: classDoubleInt, double: f}
			}
		}
	}
	return number{class: classOther}
}

// maxIntegerDigits is how long the literal of an integer that a double holds can be, with its sign.
const maxIntegerDigits = 310
