package records

import (
	"math/rand/v2"
	"strconv"
	"time"
)

// metrics are samples of machines: 10 columns, about 210 bytes a record, mostly doubles of full
// precision.
func metrics(r *rand.Rand, start time.Time) Maker {
	names := []string{"cpu", "load", "mem", "disk", "net", "rtt"}
	millis := start.UnixMilli()
	return func(line []byte) []byte {
		millis += int64(r.IntN(20))
		line = append(line, `{"ts":`...)
		line = strconv.AppendInt(line, millis, 10)
		line = append(line, `,"host":"node-`...)
		line = strconv.AppendInt(line, int64(r.IntN(500)), 10)
		line = append(line, `","up":`...)
		line = strconv.AppendBool(line, r.IntN(50) > 0)
		line = append(line, `,"procs":`...)
		line = strconv.AppendInt(line, int64(80+r.IntN(300)), 10)
		for i, name := range names {
			line = append(append(append(line, `,"`...), name...), `":`...)
			v := r.Float64()
			if i >= 2 {
				v *= 1000
			}
			line = strconv.AppendFloat(line, v, 'g', -1, 64)
		}
		return append(line, '}')
	}
}
