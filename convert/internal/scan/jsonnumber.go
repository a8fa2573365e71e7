package scan

import (
	"math"
	"math/big"
	"strconv"
	"unsafe"

	"ndjson-parquet/convert/internal/infer"
)

// A number is the value of a JSON number in the numeric types.
type number struct {
	class   infer.Class
	integer int64   // of classInt and classIntOnly
	double  float64 // of classInt, classDoubleInt and classFloat
}

// readNumber classifies a well-formed JSON number.
func readNumber(literal []byte, kind jsonKind) number {
	if kind == jsonFloat {
		if v, ok := parseFloat(literal); ok {
			return number{class: infer.ClassFloat, double: v}
		}
		return number{class: infer.ClassOther}
	}
	if v, err := strconv.ParseInt(unsafe.String(unsafe.SliceData(literal), len(literal)), 10, 64); err == nil {
		if exactInDouble(v) {
			return number{class: infer.ClassInt, integer: v, double: float64(v)}
		}
		return number{class: infer.ClassIntOnly, integer: v}
	}
	if len(literal) <= maxIntegerDigits {
		if v, ok := new(big.Int).SetString(string(literal), 10); ok {
			if f, accuracy := new(big.Float).SetInt(v).Float64(); accuracy == big.Exact && !math.IsInf(f, 0) {
				return number{class: infer.ClassDoubleInt, double: f}
			}
		}
	}
	return number{class: infer.ClassOther}
}

// maxIntegerDigits is the length of the longest literal of an integer that a double represents,
// including the sign.
const maxIntegerDigits = 310
