package convert

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"ndjson-parquet/convert/schema"
)

func TestAnotherSpellingFillsTheColumn(t *testing.T) {
	for name, c := range map[string]struct {
		base, text, ddl string
		rows            []map[string]any
	}{
		"the first spelling names the column": {"", `{"ID":0}
{"id":1}
{"Id":2.5}
{"id":3}`, "ID double", []map[string]any{{"ID": 0.0}, {"ID": 1.0}, {"ID": 2.5}, {"ID": 3.0}}},
		"a declared name in lower case": {"metadata struct<createtime:string>, lineid bigint",
			`{"metaData":{"createTime":"x"},"LineID":7}
{"metadata":{"CREATETIME":"y","new":true},"lineId":8}
{"metaData":{"createTime":"z"},"LineID":9}`, "metadata struct<createtime:string,new:boolean>, lineid bigint", []map[string]any{
				{"metadata": row{"createtime": "x"}, "lineid": int64(7)},
				{"metadata": row{"createtime": "y", "new": true}, "lineid": int64(8)},
				{"metadata": row{"createtime": "z"}, "lineid": int64(9)}}},
		"the exact name wins, then the last": {"a bigint", `{"A":1,"a":2}
{"a":null,"A":3}
{"A":4,"a":5,"A":6}
{"l":[{"X":1},{"x":2},{"x":3,"X":4}]}`, "a bigint, l array<struct<X:bigint>>", []map[string]any{
			{"a": int64(2), schema.ColumnRescuedData: `{"/A":1}`}, {schema.ColumnRescuedData: `{"/A":3}`},
			{"a": int64(5), schema.ColumnRescuedData: `{"/A~d":4,"/A":6}`},
			{"l": []any{row{"X": int64(1)}, row{"X": int64(2)}, row{"X": int64(4)}},
				schema.ColumnRescuedData: `{"/l/2/x":3}`}}},
		"three spellings, none of them exact": {"key bigint", `{"KEY":1,"Key":2}
{"kEY":1,"keY":"x"}`, "key bigint", []map[string]any{
			{"key": int64(2), schema.ColumnRescuedData: `{"/KEY":1}`},
			{schema.ColumnRescuedData: `{"/kEY":1,"/keY":"x"}`}}},
		"rescued values keep their own pointer": {"s struct<n:bigint>", `{"S":{"N":"x","e":[]}}
{"s":{"n":"y","e":[]}}
{"S":{"N":1,"E":[]}}`, "s struct<n:bigint>", []map[string]any{
			{"s": row{}, schema.ColumnRescuedData: `{"/S/N":"x","/S/e":[]}`},
			{"s": row{}, schema.ColumnRescuedData: `{"/s/n":"y","/s/e":[]}`},
			{"s": row{"n": int64(1)}, schema.ColumnRescuedData: `{"/S/E":[]}`}}},
		"only what fills the column counts for its type": {"", `{"v":1,"V":"x"}
{"V":"y","v":2}
{"V":"z","v":3}`, "v bigint", []map[string]any{
			{"v": int64(1), schema.ColumnRescuedData: `{"/V":"x"}`},
			{"v": int64(2), schema.ColumnRescuedData: `{"/V":"y"}`},
			{"v": int64(3), schema.ColumnRescuedData: `{"/V":"z"}`}}},
	} {
		var opts Options
		if c.base != "" {
			opts.Base = mustParse(t, c.base)
		}
		const again = 3 // so that the scanner reads what the parser has read
		result, rows, _ := convertText(t, opts, strings.Repeat(c.text+"\n", again))
		if got := result.Schema.DDL(); got != c.ddl {
			t.Errorf("%s: schema %s, want %s", name, got, c.ddl)
			continue
		}
		for range again {
			wantRows(t, rows[:len(c.rows)], c.rows...)
			rows = rows[len(c.rows):]
		}
		if t.Failed() {
			t.Fatal(name)
		}
	}
}

// The spelling of a column is that of its first occurrence, whichever span is scanned first.
func TestSpellingDoesNotDependOnParallelism(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	spell := func(name string) string {
		b := []byte(name)
		for i := range b {
			if random.IntN(4) == 0 {
				b[i] ^= 0x20
			}
		}
		return string(b)
	}
	var sources []Source
	for i := range 3 {
		var text strings.Builder
		for n := range 2000 {
			fmt.Fprintf(&text, `{"%s":%d,"%s":{"%s":[],"%s":%d.5}`, spell("id"), n, spell("nest"), spell("e"),
				spell("deep"), n)
			if random.IntN(10) == 0 {
				fmt.Fprintf(&text, `,"%s":"x"`, spell("id"))
			}
			text.WriteString("}\n")
		}
		sources = append(sources, textSource(fmt.Sprint(i), text.String()))
	}
	opts := Options{spanScale: 1 << 9, Parallelism: 1}
	want, result := convertAll(t, opts, sources)
	for _, parallelism := range []int{2, 5} {
		opts.Parallelism = parallelism
		if got, other := convertAll(t, opts, sources); !bytes.Equal(got, want) {
			t.Errorf("parallelism %d changes the output: %s, want %s", parallelism, other.Schema.DDL(),
				result.Schema.DDL())
		}
	}
	opts.Base = result.Schema
	if got, again := convertAll(t, opts, sources); !bytes.Equal(got, want) || again.Passes != 1 {
		t.Errorf("with the schema known, the output is another; %d passes", again.Passes)
	}
}
