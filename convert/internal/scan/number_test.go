package scan

import (
	"math"
	"math/big"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"ndjson-parquet/convert/internal/parquetfile"
	"ndjson-parquet/convert/internal/source"
)

func TestPowers128(t *testing.T) {
	for e := minPower; e <= maxPower; e++ {
		// The upper 128 bits of 10^e, by integer arithmetic.
		power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(e, -e))), nil)
		if e < 0 {
			one := new(big.Int).Lsh(big.NewInt(1), uint(power.BitLen()+256))
			power = one.Quo(one, power)
		}
		if shift := power.BitLen() - 128; shift > 0 {
			power.Rsh(power, uint(shift))
		} else {
			power.Lsh(power, uint(-shift))
		}
		got := new(big.Int).SetUint64(powers128[e-minPower][0])
		got.Lsh(got, 64).Or(got, new(big.Int).SetUint64(powers128[e-minPower][1]))
		if got.Cmp(power) != 0 {
			t.Errorf("10^%d: %x, want %x", e, got, power)
		}
	}
}

// scanDouble reads a literal as the scanner does. It reports false if the scanner gives up the
// record.
func scanDouble(literal string) (v float64, ok bool) {
	s := scanner{buf: append([]byte(literal+","), make([]byte, source.Slack)...)}
	c := newColumn(parquetfile.Leaf{Physical: parquetfile.Double, MaxDef: 1})
	if s.double(c, 0, 0) != len(literal) {
		return 0, false
	}
	return math.Float64frombits(load64(c.values)), true
}

func TestDoublesEqualStrconv(t *testing.T) {
	check := func(t interface{ Fatalf(string, ...any) }, literal string) {
		want, err := strconv.ParseFloat(literal, 64)
		got, ok := scanDouble(literal)
		if ok && (err != nil || math.Float64bits(got) != math.Float64bits(want)) {
			t.Fatalf("%s is read as %v, want %v", literal, got, want)
		}
		if !ok && err == nil && want != 0 {
			t.Fatalf("%s is not read, it is %v", literal, want)
		}
	}
	for _, literal := range []string{"0.1", "1.0", "0.5e1", "12345678.5", "1234567.89012345678", "9007199254740993.0",
		"5e-324",
		"2.2250738585072011e-308", "1.7976931348623157e308", "0.000000000000000000000000000001e30",
		"123456789012345678901234567890.5",
		"-0.0", "1e23", "8.5e22", "4503599627370497.5", "99999999.99999999", "1234567.8", "0.30000000000000004"} {
		check(t, literal)
	}
	rapid.Check(t, func(t *rapid.T) {
		check(t, rapid.StringMatching(`-?(0|[1-9][0-9]{0,22})\.[0-9]{1,22}([eE][-+]?[0-9]{1,3})?`).Draw(t, "literal"))
		f := rapid.Float64().Draw(t, "f")
		format := rapid.SampledFrom([]byte{'e', 'f', 'g'}).Draw(t, "format")
		literal := strconv.FormatFloat(f, format, -1, 64)
		if got, ok := scanDouble(literal); ok && got != f {
			t.Fatalf("%s is read as %v", literal, got)
		}
		check(t, strconv.FormatFloat(f, 'e', rapid.IntRange(1, 20).Draw(t, "digits"), 64))
	})
}

// TestLongDoublesEqualStrconv tests the form that longDouble reads, and similar forms.
func TestLongDoublesEqualStrconv(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		literal := rapid.StringMatching(`-?(0|[1-9][0-9]{0,7})\.[0-9]{8,20}(e-?[1-9])?`).Draw(t, "literal")
		s := scanner{buf: append([]byte(literal+rapid.SampledFrom([]string{",", "}", "]", " ", "\n"}).Draw(t,
			"behind")), make([]byte, source.Slack)...)}
		c := newColumn(parquetfile.Leaf{Physical: parquetfile.Double, MaxDef: 1})
		end := s.longDouble(c, 0, 0)
		if end == fail {
			return
		}
		want, err := strconv.ParseFloat(literal, 64)
		if got := math.Float64frombits(load64(c.values)); end != len(literal) || err != nil ||
			math.Float64bits(got) != math.Float64bits(want) {
			t.Fatalf("%s: %d bytes are read as %v, want %v (%v)", literal, end, got, want, err)
		}
	})
	for _, literal := range []string{"0.30000000000000004", "-1.234567890123456", "1234567.890123456789"} {
		s := scanner{buf: append([]byte(literal+","), make([]byte, source.Slack)...)}
		c := newColumn(parquetfile.Leaf{Physical: parquetfile.Double, MaxDef: 1})
		if end := s.longDouble(c, 0, 0); end != len(literal) {
			t.Errorf("longDouble reads %s up to %d, want %d", literal, end, len(literal))
		}
	}
	for _, literal := range []string{"00.12345678901234", "01.2345678901234567", ".12345678901234567",
		"-.1234567890123456", "--1.2345678901234567",
		"1.23456789012345.678", "1-2345678901234567", "1.234567e9012345678", "1234567812345678.9",
		"1.2345678901234567E5"} {
		if _, ok := scanDouble(literal); ok {
			if _, err := strconv.ParseFloat(literal, 64); err != nil || literal[0] == '0' || literal[0] == '.' {
				t.Errorf("%s is taken for a number", literal)
			}
		}
		s := scanner{buf: append([]byte(literal+","), make([]byte, source.Slack)...)}
		if end := s.longDouble(newColumn(parquetfile.Leaf{Physical: parquetfile.Double, MaxDef: 1}), 0,
			0); end == len(literal) {
			t.Errorf("longDouble takes %s", literal)
		}
	}
}

func TestIntegersEqualStrconv(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		literal := rapid.StringMatching(`-?(0|[1-9][0-9]{0,20})`).Draw(t, "literal")
		s := scanner{buf: append([]byte(literal+"}"), make([]byte, source.Slack)...)}
		c := newColumn(parquetfile.Leaf{Physical: parquetfile.Int64, MaxDef: 1})
		want, err := strconv.ParseInt(literal, 10, 64)
		switch end := s.integer(c, 0, 0); {
		case end == fail && err == nil && want != math.MinInt64:
			t.Fatalf("%s is not read", literal)
		case end != fail && (err != nil || int64(load64(c.values)) != want):
			t.Fatalf("%s is read as %d", literal, int64(load64(c.values)))
		}
	})
}

func TestExactInDouble(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Int64().Draw(t, "v")
		if rapid.Bool().Draw(t, "even") {
			v <<= rapid.IntRange(0, 30).Draw(t, "shift")
		}
		_, accuracy := new(big.Float).SetInt64(v).Float64()
		if exactInDouble(v) != (accuracy == big.Exact) {
			t.Fatalf("%d: %t", v, exactInDouble(v))
		}
	})
}
