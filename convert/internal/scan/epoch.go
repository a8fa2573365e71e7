package scan

import (
	"math/big"

	"ndjson-parquet/convert/schema"
)

// The timestamps that a number may stand for, in microseconds: those of the years 1 to 9999, as of
// texts. Seconds that are declared as milliseconds, for example, are within the range, but
// milliseconds that are declared as seconds are not.
const (
	minEpochMicros = -62135596800_000000
	maxEpochMicros = 253402300800_000000 - 1
)

// microsDigits is the power of ten by which a number of the unit is multiplied to get microseconds.
var microsDigits = map[schema.Epoch]int{schema.EpochSeconds: 6, schema.EpochMillis: 3, schema.EpochMicros: 0,
	schema.EpochNanos: -3}

// parseEpoch parses a number in the syntax of JSON that counts units since 1970-01-01T00:00:00Z, as
// microseconds. What is finer than a microsecond is cut off, towards the past.
func parseEpoch(b []byte, unit schema.Epoch) (micros int64, ok bool) {
	if v, ok := fixedInt(b, len(b)); ok && 0 < len(b) && len(b) <= 13 && b[0] != '0' && unit != schema.EpochNanos {
		micros = int64(v) * int64(powersOfTen[microsDigits[unit]]) // the usual form
		return micros, micros <= maxEpochMicros
	}
	d, ok := splitDecimal(b)
	if !ok {
		return 0, false
	}
	if len(d.digits) == 0 {
		return 0, true
	}
	zeros := d.exponent + microsDigits[unit]
	const maxDigits = 18 // of a timestamp in the range
	if len(d.digits)+zeros > maxDigits {
		return 0, false
	}
	cut := false
	if zeros < 0 {
		cut = true
		d.digits = d.digits[:max(0, len(d.digits)+zeros)]
		zeros = 0
	}
	v := new(big.Int)
	if len(d.digits) > 0 {
		if v, ok = d.integer(zeros); !ok {
			return 0, false
		}
	}
	micros = v.Int64()
	if cut && d.negative {
		micros--
	}
	return micros, minEpochMicros <= micros && micros <= maxEpochMicros
}
