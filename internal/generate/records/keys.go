package records

import (
	"math/rand/v2"
	"strconv"
	"time"
)

// These shapes have keys that are data, or more keys than a table should have columns.

// uuidKeys has an object with one UUID as its key.
func uuidKeys(r *rand.Rand, _ time.Time) Maker {
	return keyed(r, func(line []byte) []byte {
		line = append(line, `,"scores":{"`...)
		line = append(appendUUID(line, r), `":`...)
		return append(strconv.AppendFloat(line, r.Float64(), 'f', 2, 64), '}')
	})
}

// reusedKeys has an object with five of 20,000 keys.
func reusedKeys(r *rand.Rand, _ time.Time) Maker {
	return keyed(r, func(line []byte) []byte {
		return appendFiveKeys(line, r, func(line []byte) []byte {
			return strconv.AppendFloat(line, r.Float64(), 'f', 3, 64)
		})
	})
}

// mixedKeys has an object with five of 20,000 keys, and values of several types.
func mixedKeys(r *rand.Rand, _ time.Time) Maker {
	return keyed(r, func(line []byte) []byte {
		return appendFiveKeys(line, r, func(line []byte) []byte { return appendValueOf(line, r, r.IntN(4)) })
	})
}

// uniqueKey has a top-level key that no other record has.
func uniqueKey(r *rand.Rand, _ time.Time) Maker {
	return keyed(r, func(line []byte) []byte {
		line = appendUUID(append(line, `,"`...), r)
		return strconv.AppendInt(append(line, `":`...), r.Int64N(1000), 10)
	})
}

// wide has ten of 6,000 columns.
func wide(r *rand.Rand, _ time.Time) Maker {
	return keyed(r, func(line []byte) []byte {
		const columns, taken = 6000, 10
		for i := range taken {
			column := i*(columns/taken) + r.IntN(columns/taken)
			line = append(line, `,"column_`...)
			line = strconv.AppendInt(line, int64(column), 10)
			line = appendValueOf(append(line, `":`...), r, column)
		}
		return line
	})
}

// keyed returns a maker of records with an id and what rest appends.
func keyed(r *rand.Rand, rest Maker) Maker {
	return func(line []byte) []byte {
		line = strconv.AppendInt(append(line, `{"id":`...), r.Int64N(1<<40), 10)
		return append(rest(line), '}')
	}
}

// appendFiveKeys appends an object with five different keys of 20,000.
func appendFiveKeys(line []byte, r *rand.Rand, value Maker) []byte {
	const keys, taken = 20_000, 5
	line = append(line, `,"attributes":{`...)
	for i := range taken {
		if i > 0 {
			line = append(line, ',')
		}
		line = append(line, `"user_`...)
		line = strconv.AppendInt(line, int64(i*(keys/taken)+r.IntN(keys/taken)), 10)
		line = value(append(line, `":`...))
	}
	return append(line, '}')
}
