package convert

import (
	"fmt"
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
