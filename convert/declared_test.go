package convert

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"ndjson-parquet/convert/schema"
)

func TestDeclaredTypes(t *testing.T) {
	const columns = "at timestamp, day date, small decimal(9,2), mid decimal(18,4), big decimal(38,10), " +
		"m map<string,bigint>, l array<timestamp>"
	base, err := schema.ParseDDL(columns + ", s struct<d:date>")
	if err != nil {
		t.Fatal(err)
	}
	lines := `{"at":"2025-01-17T00:00:00Z","day":"2025-01-17","small":1.5,"mid":"-2.25","big":-1e20,` +
		`"m":{"a":1,"b":null},"l":["1970-01-01T00:00:01"],"s":{"d":"1970-01-02"}}
{"at":5,"day":"yesterday","small":1.555,"mid":true,"big":1e30,"m":{"a":"x","":2},"l":[1,null],` +
		`"s":{"d":"2025-13-01","new":1}}
{"at":"2025-01-17T00\u003a00:00Z","m":{},"l":[],"big":"\u0031"}
{"m":{"k":1,"k":2,"\ud800":3}}
{"m":[1]}
`
	const again = 3 // so that the scanner reads records that the parser has read
	text := ""
	for range again {
		text += lines
	}
	result, rows, _ := convertText(t, Options{Base: base}, text)
	if got, want := result.Schema.DDL(), columns+", s struct<d:date,new:bigint>"; got != want {
		t.Errorf("the schema is %s, want %s", got, want)
	}
	if got := fmt.Sprint(result.New); len(result.New) != 1 || result.New[0].Name != "s" {
		t.Error(got)
	}
	micros := time.Date(2025, 1, 17, 0, 0, 0, 0, time.UTC).UnixMicro()
	want := []map[string]any{
		{"at": micros, "day": int32(micros / 86400e6), "small": "150e-2", "mid": "-22500e-4",
			"big": "-1000000000000000000000000000000e-10",
			"m":   row{"a": int64(1), "b": nil}, "l": []any{int64(1e6)}, "s": row{"d": int32(1)}},
		{"m": row{"a": nil, "": int64(2)}, "l": []any{nil, nil}, "s": row{"new": int64(1)},
			schema.ColumnRescuedData: `{"/at":5,"/day":"yesterday",` +
				`"/small":1.555,"/mid":true,"/big":1e30,"/m/a":"x","/l/0":1,"/s/d":"2025-13-01"}`},
		{"at": micros, "m": row{}, "l": []any{}, "big": "10000000000e-10"},
		{"m": row{"k": int64(2)}, schema.ColumnRescuedData: `{"/m/k~d":1,"/m/\ud800":3}`},
		{schema.ColumnRescuedData: `{"/m":[1]}`},
	}
	for range again {
		wantRows(t, rows[:len(want)], want...)
		rows = rows[len(want):]
	}
}

// An integral number fits a bigint column in any spelling. The scanner reads the usual one.
func TestIntegralFloatsFitABigint(t *testing.T) {
	base := mustParse(t, "i bigint, l array<bigint>")
	text := strings.Repeat(`{"i":3.0,"l":[1,2.00,-4.0]}
{"i":-0.0}
{"i":5e0,"l":[1e2,0.5e1,9007199254740993.0]}
{"i":9223372036854775807.0,"l":[-9223372036854775808.0]}
{"i":6.5,"l":[1.000000001,9223372036854775808.0,1e-5]}
{"i":7.0,"odd":true,"i":8.00}
{"i":9.0}
`, 3)
	result, rows, _ := convertText(t, Options{Base: base}, text)
	want := []map[string]any{
		{"i": int64(3), "l": []any{int64(1), int64(2), int64(-4)}},
		{"i": int64(0)},
		{"i": int64(5), "l": []any{int64(100), int64(5), int64(9007199254740993)}},
		{"i": int64(math.MaxInt64), "l": []any{int64(math.MinInt64)}},
		{"l": []any{nil, nil, nil}, schema.ColumnRescuedData: `{"/i":6.5,"/l/0":1.000000001,"/l/1":9223372036854775808.0,"/l/2":1e-5}`},
		{"i": int64(8), "odd": true, schema.ColumnRescuedData: `{"/i~d":7.0}`},
		{"i": int64(9)},
	}
	for range 3 {
		wantRows(t, rows[:len(want)], want...)
		rows = rows[len(want):]
	}
	if result.Rescued != 15 {
		t.Errorf("%d rescued values", result.Rescued)
	}
	// Without a published type, a float literal is evidence for double.
	result, _, _ = convertText(t, Options{}, "{\"i\":1}\n{\"i\":2.0}\n{\"i\":3}")
	if got := result.Schema.DDL(); got != "i double" {
		t.Error(got)
	}
}

func TestEpochTimestamps(t *testing.T) {
	base := mustParse(t, "s timestamp(epoch_s), ms timestamp('epoch_ms'), us timestamp(epoch_us), ns "+
		"timestamp(epoch_ns), plain timestamp")
	text := strings.Repeat(`{"s":1333238400,"ms":1333238400000,"us":1333238400000000,"ns":1333238400000000999,"plain":"2012-04-01T00:00:00Z"}
{"s":"1333238400","ms":"2012-04-01T00:00:00Z","us":1.3332384e15,"ns":null,"plain":1333238400}
{"s":1333238400000,"ms":true,"us":"soon","ns":[1],"plain":"1333238400"}
`, 2)
	_, rows, _ := convertText(t, Options{Base: base}, text)
	at := time.Date(2012, 4, 1, 0, 0, 0, 0, time.UTC).UnixMicro()
	want := []map[string]any{
		{"s": at, "ms": at, "us": at, "ns": at, "plain": at},
		{"s": at, "ms": at, "us": at, schema.ColumnRescuedData: `{"/plain":1333238400}`},
		{schema.ColumnRescuedData: `{"/s":1333238400000,"/ms":true,"/us":"soon","/ns":[1],"/plain":"1333238400"}`},
	}
	wantRows(t, rows[:3], want...)
	wantRows(t, rows[3:], want...)
}

func mustParse(t *testing.T, ddl string) *schema.Schema {
	t.Helper()
	s, err := schema.ParseDDL(ddl)
	if err != nil {
		t.Fatal(err)
	}
	return s
}
