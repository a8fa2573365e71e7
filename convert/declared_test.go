package convert

import (
	"fmt"
	"testing"
	"time"
)

func TestParseTimestamp(t *testing.T) {
	for text, want := range map[string]string{
		"2025-01-17T14:31:00Z":                "2025-01-17T14:31:00Z",
		"2025-01-17T14:31":                    "2025-01-17T14:31:00Z",
		"2025-01-17 14:31:00.5":               "2025-01-17T14:31:00.5Z",
		"2025-01-17t14:31:00.123456z":         "2025-01-17T14:31:00.123456Z",
		"2025-01-17T14:31:00.123456000+02:00": "2025-01-17T12:31:00.123456Z",
		"2025-01-17T14:31:00-0130":            "2025-01-17T16:01:00Z",
		"2025-01-17T14:31:00+05":              "2025-01-17T09:31:00Z",
		"1969-12-31T23:59:59.999999Z":         "1969-12-31T23:59:59.999999Z",
		"0001-01-01T00:00:00Z":                "0001-01-01T00:00:00Z",
		"9999-12-31T23:59:59Z":                "9999-12-31T23:59:59Z",
		"2024-02-29T00:00:00Z":                "2024-02-29T00:00:00Z",
		"2025-02-29T00:00:00Z":                "",
		"2025-01-17T14:31:00.1234567Z":        "",
		"2025-01-17T24:00:00Z":                "",
		"2025-01-17T14:60:00Z":                "",
		"2025-01-17T14:31:60Z":                "",
		"2025-01-17T14:31:00.Z":               "",
		"2025-01-17T14:31:00 Z":               "",
		"2025-01-17T14:31:00+2":               "",
		"2025-01-17T14:31:00+02:0":            "",
		"2025-01-17T14:31:00+02:000":          "",
		"2025-01-17T14:31:":                   "",
		"2025-01-17":                          "",
		"20250117T143100Z":                    "",
		"":                                    "",
	} {
		micros, ok := parseTimestamp([]byte(text))
		got := ""
		if ok {
			got = time.UnixMicro(micros).UTC().Format(time.RFC3339Nano)
		}
		if got != want {
			t.Errorf("%q is %q, want %q", text, got, want)
		}
	}
}

func TestParseDecimal(t *testing.T) {
	for _, c := range []struct {
		text             string
		precision, scale int
		want             string // "" if it does not fit
	}{
		{"12.5", 10, 2, "1250"}, {"-0.01", 3, 2, "-1"}, {"1e2", 5, 2, "10000"}, {"1.50e1", 4, 1, "150"}, {"0", 1, 0, "0"},
		{"-0.000", 1, 0, "0"}, {"100e-2", 1, 0, "1"}, {"12.345", 10, 2, ""}, {"1000", 3, 0, ""}, {"999.99", 5, 2, "99999"},
		{"1e400", 38, 0, ""}, {"1e99999999999999999999", 38, 0, ""}, {"0e99999999999999999999", 38, 0, "0"}, {"1e-99999999999", 38, 38, ""},
		{"99999999999999999999999999999999999999", 38, 0, "99999999999999999999999999999999999999"},
		{"100000000000000000000000000000000000000", 38, 0, ""}, {"007", 5, 0, ""}, {"+1", 5, 0, ""}, {"1.", 5, 0, ""}, {".5", 5, 1, ""},
		{"", 5, 0, ""}, {"abc", 5, 0, ""}, {"1 ", 5, 0, ""},
	} {
		v, ok := parseDecimal([]byte(c.text), c.precision, c.scale)
		got := ""
		if ok {
			got = v.String()
		}
		if got != c.want {
			t.Errorf("%q as decimal(%d,%d) is %q, want %q", c.text, c.precision, c.scale, got, c.want)
		}
	}
}

func TestDeclaredTypes(t *testing.T) {
	base, err := ParseDDL("at timestamp, day date, small decimal(9,2), mid decimal(18,4), big decimal(38,10), m map<string,bigint>, " +
		"l array<timestamp>, s struct<d:date>")
	if err != nil {
		t.Fatal(err)
	}
	lines := `{"at":"2025-01-17T00:00:00Z","day":"2025-01-17","small":1.5,"mid":"-2.25","big":-1e20,"m":{"a":1,"b":null},"l":["1970-01-01T00:00:01"],"s":{"d":"1970-01-02"}}
{"at":5,"day":"yesterday","small":1.555,"mid":true,"big":1e30,"m":{"a":"x","":2},"l":[1,null],"s":{"d":"2025-13-01","new":1}}
{"at":"2025-01-17T00\u003a00:00Z","m":{},"l":[],"big":"\u0031"}
{"m":{"k":1,"k":2,"\ud800":3}}
{"m":[1]}
`
	const again = 3 // so that the scanner sees what the careful path saw
	text := ""
	for range again {
		text += lines
	}
	result, rows, _ := convertText(t, Options{Base: base}, text)
	if got := result.Schema.DDL(); got != "at timestamp, day date, small decimal(9,2), mid decimal(18,4), big decimal(38,10), "+
		"m map<string,bigint>, l array<timestamp>, s struct<d:date,new:bigint>" {
		t.Error(got)
	}
	if got := fmt.Sprint(result.New); len(result.New) != 1 || result.New[0].Name != "s" {
		t.Error(got)
	}
	micros := time.Date(2025, 1, 17, 0, 0, 0, 0, time.UTC).UnixMicro()
	want := []map[string]any{
		{"at": micros, "day": int32(micros / 86400e6), "small": "150e-2", "mid": "-22500e-4", "big": "-1000000000000000000000000000000e-10",
			"m": row{"a": int64(1), "b": nil}, "l": []any{int64(1e6)}, "s": row{"d": int32(1)}},
		{"m": row{"a": nil, "": int64(2)}, "l": []any{nil, nil}, "s": row{"new": int64(1)}, ColumnRescuedData: `{"/at":5,"/day":"yesterday",` +
			`"/small":1.555,"/mid":true,"/big":1e30,"/m/a":"x","/l/0":1,"/s/d":"2025-13-01"}`},
		{"at": micros, "m": row{}, "l": []any{}, "big": "10000000000e-10"},
		{"m": row{"k": int64(2)}, ColumnRescuedData: `{"/m/k~d":1,"/m/\ud800":3}`},
		{ColumnRescuedData: `{"/m":[1]}`},
	}
	for range again {
		wantRows(t, rows[:len(want)], want...)
		rows = rows[len(want):]
	}
}
