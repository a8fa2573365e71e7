package convert

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	"ndjson-parquet/convert/schema"
)

func TestMostlyRescuedColumnsAreOddities(t *testing.T) {
	base, err := schema.ParseDDL("at timestamp, n bigint, half bigint, items array<struct<price:double>>")
	if err != nil {
		t.Fatal(err)
	}
	var lines strings.Builder
	lines.WriteString(`{"at":"2025-01-17T00:00:00Z","n":1,"new":1}` + "\n")
	for i := range 9 {
		half := `1`
		if i%2 == 0 {
			half = `"x"`
		}
		fmt.Fprintf(&lines, `{"at":%d,"n":2,"half":%s,"items":[{"price":1},{"price":"1"},{"price":"2"}],"new":"a"}`+"\n", i, half)
	}
	text := lines.String()
	sources := []Source{textSource("a", "{\"n\":1}\n\n"+text), textSource("b", text)}
	var want []Oddity
	for _, parallelism := range []int{1, 3} {
		_, result := convertAll(t, Options{Base: base, Parallelism: parallelism, spanScale: 1 << 15}, sources)
		if want == nil {
			want = result.Oddities
		} else if !reflect.DeepEqual(result.Oddities, want) {
			t.Errorf("parallelism %d: %+v, want %+v", parallelism, result.Oddities, want)
		}
	}
	offset := int64(len("{\"n\":1}\n\n") + strings.Index(text, `{"at":0`))
	expected := []Oddity{
		{MostlyRescued, "at", 18, Place{"a", 4, offset},
			"18 of 20 values were rescued because they do not fit the column's type, timestamp; the first is 0" +
				"; declare the unit of the numbers: timestamp(epoch_s), epoch_ms, epoch_us or epoch_ns"},
		{MostlyRescued, "half", 10, Place{"a", 4, offset},
			"10 of 18 values were rescued because they do not fit the column's type, bigint; the first is \"x\"" +
				"; declare the column as string, or as decimal(p,s), which accepts numbers in quotes"},
		{MostlyRescued, "items[].price", 36, Place{"a", 4, offset},
			"36 of 54 values were rescued because they do not fit the column's type, double; the first is \"1\"" +
				"; declare the column as string, or as decimal(p,s), which accepts numbers in quotes"},
	}
	if !reflect.DeepEqual(want, expected) {
		t.Errorf("got  %+v\nwant %+v", want, expected)
	}
}
