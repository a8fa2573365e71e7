// Package records makes the records of test data: seeded, in several shapes, and with the flaws
// that real deliveries have.
package records

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"
)

// A Maker appends one record, without a line end, to line.
type Maker func(line []byte) []byte

// shapes are the kinds of record by name.
var shapes = map[string]func(r *rand.Rand, start time.Time) Maker{
	"events":      events,
	"interleaved": interleaved,
	"metrics":     metrics,
	"mixed-keys":  mixedKeys,
	"nested":      nested,
	"orders":      orders,
	"reused-keys": reusedKeys,
	"shuffled":    shuffled,
	"sparse":      sparse,
	"unique-key":  uniqueKey,
	"uuid-keys":   uuidKeys,
	"wide":        wide,
}

// Shapes returns the names of the shapes, sorted.
func Shapes() []string { return slices.Sorted(maps.Keys(shapes)) }

// New returns the maker of one file's records, which follow from r. The first record's time is
// start where the shape has times. It reports false for an unknown shape.
func New(shape string, r *rand.Rand, start time.Time) (Maker, bool) {
	newMaker, ok := shapes[shape]
	if !ok {
		return nil, false
	}
	return newMaker(r, start), true
}

func appendTime(line []byte, t time.Time) []byte {
	return t.AppendFormat(line, `"2006-01-02T15:04:05.000000Z"`)
}

// appendCents appends an amount with two digits after the point.
func appendCents(line []byte, cents int64) []byte {
	line = strconv.AppendInt(line, cents/100, 10)
	return append(line, '.', byte('0'+cents/10%10), byte('0'+cents%10))
}

func appendHex(line []byte, v uint64, digits int) []byte {
	const hex = "0123456789abcdef"
	for i := digits - 1; i >= 0; i-- {
		line = append(line, hex[v>>(4*i)&15])
	}
	return line
}

func appendUUID(line []byte, r *rand.Rand) []byte {
	high, low := r.Uint64(), r.Uint64()
	line = append(appendHex(line, high>>32, 8), '-')
	line = append(appendHex(line, high>>16, 4), '-')
	line = append(appendHex(line, high&0x0fff|0x4000, 4), '-')
	line = append(appendHex(line, low>>48&0x3fff|0x8000, 4), '-')
	return appendHex(line, low, 12)
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

// skewed returns a number below n; small ones are far more frequent, as with users or pages.
func skewed(r *rand.Rand, n int) int {
	f := r.Float64()
	return int(f * f * f * float64(n))
}
