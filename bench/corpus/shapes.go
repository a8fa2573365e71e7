package main

import (
	"math/rand/v2"
	"strconv"
	"time"
)

// records appends one record, without a line end, to line.
type records func(line []byte) []byte

// shapes are the corpora by name. Each starts one file's sequence of records.
var shapes = map[string]func(*rand.Rand) records{
	"events":      events,
	"metrics":     metrics,
	"nested":      nested,
	"shuffled":    shuffled,
	"sparse":      sparse,
	"interleaved": interleaved,
}

// start is the time of the first record of every file.
var start = time.Date(2025, time.January, 17, 0, 0, 0, 0, time.UTC)

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

func pick(r *rand.Rand, from []string) string { return from[r.IntN(len(from))] }

// skewed returns a number below n; small ones are far more frequent, as with users or pages.
func skewed(r *rand.Rand, n int) int {
	f := r.Float64()
	return int(f * f * f * float64(n))
}
