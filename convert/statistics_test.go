package convert

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"ndjson-parquet/convert/schema"
)

// Readers skip pages and row groups by their bounds and null counts, so that a wrong bound loses
// rows without an error. The bounds of every type are compared with the values of each page.
func TestStatisticsCoverTheData(t *testing.T) {
	base, err := schema.ParseDDL("d double, i bigint, s string, b boolean, t timestamp, day date, dec decimal(20,4), " +
		"big decimal(38,2), nested struct<x:double>, list array<double>")
	if err != nil {
		t.Fatal(err)
	}
	doubles := []float64{-1.5, -2.5, -1e300, -5e-324, 0, math.Copysign(0, -1), 5e-324, 1e300, 3.25}
	var text strings.Builder
	for i := range 60_000 {
		d := doubles[i/97%len(doubles)] * float64(1+i%13)
		if i/20_000 == 1 {
			d = -math.Abs(d) - 1 // pages with negative values only
		}
		sign := []string{"", "-"}[i/7%2]
		fmt.Fprintf(&text, `{"d":%v,"i":%s%d,"b":%t,"t":"%04d-03-01T00:00:00Z","day":"%04d-12-31","dec":"%s%d.25",`+
			`"big":"%s%d0000000000000000000000.5","nested":{"x":%v},"list":[%v,null,-7.5]`,
			d, sign, i*1_000_003, i/5000%2 == 0, 1800+i%300, 1900+i%150, sign, i, sign, i+1, -d, d)
		if i%3 == 0 {
			fmt.Fprintf(&text, `,"s":"%s%d"`, strings.Repeat([]string{"a", "ÿ", "\U0010ffff"}[i/30_000%3], 60), i)
		}
		text.WriteString("}\n")
	}
	source := Source{URI: "a.ndjson", Size: int64(text.Len()), Open: func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(strings.NewReader(text.String())), nil
	}}
	file, result := convertAll(t, Options{Base: base}, []Source{source})
	if result.Rows != 60_000 || result.Rescued > 0 {
		t.Fatalf("%d rows, %d rescued values", result.Rows, result.Rescued)
	}
	f, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	pages := 0
	for _, group := range f.RowGroups() {
		for _, chunk := range group.ColumnChunks() {
			pages += checkChunk(t, strings.Join(f.Schema().Columns()[chunk.Column()], "."), chunk)
		}
	}
	if pages < 30 {
		t.Errorf("only %d pages were compared", pages)
	}
}

// checkChunk compares the page index and the statistics of a column chunk with its values, and
// returns the number of its pages.
func checkChunk(t *testing.T, name string, chunk parquet.ColumnChunk) (n int) {
	t.Helper()
	index, err := chunk.ColumnIndex()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	compare := chunk.Type().Compare
	if chunk.Type().Kind() == parquet.FixedLenByteArray {
		compare = compareDecimals
	}
	exact := chunk.Type().Kind() != parquet.ByteArray
	var nullsOfChunk int64
	var least, greatest parquet.Value
	pages := chunk.Pages()
	defer pages.Close()
	for ; ; n++ {
		page, err := pages.ReadPage()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		values := make([]parquet.Value, page.NumValues())
		if read, err := page.Values().ReadValues(values); read != len(values) {
			t.Fatal(read, err)
		}
		var nulls int64
		var low, high parquet.Value
		for _, v := range values {
			switch {
			case v.IsNull():
				nulls++
				continue
			case low.IsNull() || compare(v, low) < 0:
				low = v.Clone()
			}
			if high.IsNull() || compare(v, high) > 0 {
				high = v.Clone()
			}
		}
		nullsOfChunk += nulls
		if got := index.NullCount(n); got != nulls {
			t.Errorf("%s, page %d: null count %d, want %d", name, n, got, nulls)
		}
		if index.NullPage(n) != low.IsNull() {
			t.Errorf("%s, page %d: is a null page: %t", name, n, index.NullPage(n))
		}
		if low.IsNull() {
			continue
		}
		checkBounds(t, fmt.Sprintf("%s, page %d", name, n), compare, exact, index.MinValue(n), index.MaxValue(n), low,
			high)
		if least.IsNull() || compare(low, least) < 0 {
			least = low
		}
		if greatest.IsNull() || compare(high, greatest) > 0 {
			greatest = high
		}
	}
	if c, ok := chunk.(*parquet.FileColumnChunk); ok && !least.IsNull() {
		if low, high, ok := c.Bounds(); !ok {
			t.Errorf("%s: the chunk has no bounds", name)
		} else {
			checkBounds(t, name, compare, exact, low, high, least, greatest)
		}
		if got := c.NullCount(); got != nullsOfChunk {
			t.Errorf("%s: null count of the chunk %d, want %d", name, got, nullsOfChunk)
		}
	}
	return n
}

// compareDecimals compares two's complements of one length.
func compareDecimals(a, b parquet.Value) int {
	x, y := bytes.Clone(a.ByteArray()), bytes.Clone(b.ByteArray())
	x[0] ^= 0x80
	y[0] ^= 0x80
	return bytes.Compare(x, y)
}

// checkBounds checks that bounds include the least and the greatest value, and equal them unless
// they may be truncated.
func checkBounds(t *testing.T, what string, compare func(a, b parquet.Value) int, exact bool,
	low, high, least, greatest parquet.Value) {
	t.Helper()
	below, above := compare(low, least), compare(high, greatest)
	if below > 0 || above < 0 || exact && (below != 0 || above != 0) {
		t.Errorf("%s: bounds %v to %v, values %v to %v", what, low, high, least, greatest)
	}
}
