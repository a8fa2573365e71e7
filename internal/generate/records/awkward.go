package records

import (
	"math/rand/v2"
	"strconv"
	"time"
)

// These shapes are hard for a converter that expects regular input.

// shuffled has twelve columns whose keys come in another order in every record, some of them
// missing.
func shuffled(r *rand.Rand, _ time.Time) Maker {
	order := make([]int, 12)
	for i := range order {
		order[i] = i
	}
	return func(line []byte) []byte {
		r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
		line = append(line, '{')
		for n, column := range order {
			// The first is always there, so that no record is empty.
			if n > 0 && r.IntN(10) == 0 {
				continue
			}
			if n > 0 {
				line = append(line, ',')
			}
			line = append(line, `"column_`...)
			line = strconv.AppendInt(line, int64(column), 10)
			line = append(line, `":`...)
			line = appendValueOf(line, r, column)
		}
		return append(line, '}')
	}
}

// sparse has 200 columns, of which each record has some ten.
func sparse(r *rand.Rand, _ time.Time) Maker {
	return func(line []byte) []byte {
		line = append(line, `{"id":`...)
		line = strconv.AppendInt(line, r.Int64N(1<<40), 10)
		for column := r.IntN(40); column < 199; column += 1 + r.IntN(38) {
			line = append(line, `,"attribute_`...)
			line = strconv.AppendInt(line, int64(column), 10)
			line = append(line, `":`...)
			line = appendValueOf(line, r, column)
		}
		return append(line, '}')
	}
}

// interleaved has two kinds of record in one file, which share only two columns.
func interleaved(r *rand.Rand, start time.Time) Maker {
	event, order := events(r, start), nested(r, start)
	return func(line []byte) []byte {
		if r.IntN(2) == 0 {
			return event(line)
		}
		return order(line)
	}
}

// appendValueOf appends a value of the type that this column always has.
func appendValueOf(line []byte, r *rand.Rand, column int) []byte {
	switch column % 4 {
	case 0:
		return strconv.AppendInt(line, r.Int64N(1_000_000_000), 10)
	case 1:
		line = append(line, `"value-`...)
		line = appendHex(line, r.Uint64(), 10)
		return append(line, '"')
	case 2:
		return strconv.AppendFloat(line, r.Float64()*100, 'g', -1, 64)
	default:
		return strconv.AppendBool(line, r.IntN(2) == 0)
	}
}
