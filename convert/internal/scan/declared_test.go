package scan

import (
	"testing"
	"time"

	"ndjson-parquet/convert/schema"
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
		"2025-01-17T14:31:00.1234567Z":        "2025-01-17T14:31:00.123456Z",
		"2025-01-17 14:31:00.999999999+0100":  "2025-01-17T13:31:00.999999Z",
		"1969-12-31T23:59:59.9999999Z":        "1969-12-31T23:59:59.999999Z",
		"2025-01-17T14:31:00.1234567890Z":     "2025-01-17T14:31:00.123456Z",
		"2025-01-17T14:31:00.1234567891Z":     "",
		"2016-12-31T23:59:60Z":                "2017-01-01T00:00:00Z",
		"2017-01-01T05:29:60.5+05:30":         "2017-01-01T00:00:00.5Z",
		"2016-12-31T23:59:60+01:00":           "",
		"2016-12-31T23:59:61Z":                "",
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

func TestParseEpoch(t *testing.T) {
	for _, c := range []struct {
		text string
		unit schema.Epoch
		want string // "" if it does not fit
	}{
		{"1333238400", schema.EpochSeconds, "2012-04-01T00:00:00Z"},
		{"1333238400.1234567", schema.EpochSeconds, "2012-04-01T00:00:00.123456Z"},
		{"1.3332384e9", schema.EpochSeconds, "2012-04-01T00:00:00Z"},
		{"1333238400123", schema.EpochMillis, "2012-04-01T00:00:00.123Z"},
		{"1333238400123.25", schema.EpochMillis, "2012-04-01T00:00:00.12325Z"},
		{"1333238400123456", schema.EpochMicros, "2012-04-01T00:00:00.123456Z"},
		{"1333238400123456789", schema.EpochNanos, "2012-04-01T00:00:00.123456Z"},
		{"-1", schema.EpochNanos, "1969-12-31T23:59:59.999999Z"},
		{"-1000", schema.EpochNanos, "1969-12-31T23:59:59.999999Z"},
		{"-1001", schema.EpochNanos, "1969-12-31T23:59:59.999998Z"},
		{"-0.5", schema.EpochSeconds, "1969-12-31T23:59:59.5Z"},
		{"1e-400", schema.EpochSeconds, "1970-01-01T00:00:00Z"},
		{"0", schema.EpochMillis, "1970-01-01T00:00:00Z"},
		{"-0.0", schema.EpochMillis, "1970-01-01T00:00:00Z"},
		{"253402300799.999999", schema.EpochSeconds, "9999-12-31T23:59:59.999999Z"},
		{"-62135596800", schema.EpochSeconds, "0001-01-01T00:00:00Z"},
		{"253402300800", schema.EpochSeconds, ""},
		{"-62135596801", schema.EpochSeconds, ""},
		{"1333238400123", schema.EpochSeconds, ""}, // milliseconds
		{"99999999999999999999", schema.EpochNanos, "5138-11-16T09:46:39.999999Z"},
		{"999999999999999999999", schema.EpochNanos, ""}, {"1e400", schema.EpochNanos, ""},
		{"01", schema.EpochSeconds, ""}, {"", schema.EpochSeconds, ""}, {"1 ", schema.EpochSeconds, ""},
		{"0x10", schema.EpochSeconds, ""},
	} {
		micros, ok := parseEpoch([]byte(c.text), c.unit)
		got := ""
		if ok {
			got = time.UnixMicro(micros).UTC().Format(time.RFC3339Nano)
		}
		if got != c.want {
			t.Errorf("%q in unit %d is %q, want %q", c.text, c.unit, got, c.want)
		}
	}
}

func TestParseDecimal(t *testing.T) {
	for _, c := range []struct {
		text             string
		precision, scale int
		want             string // "" if it does not fit
	}{
		{"12.5", 10, 2, "1250"}, {"-0.01", 3, 2, "-1"}, {"1e2", 5, 2, "10000"}, {"1.50e1", 4, 1, "150"},
		{"0", 1, 0, "0"},
		{"-0.000", 1, 0, "0"}, {"100e-2", 1, 0, "1"}, {"12.345", 10, 2, ""}, {"1000", 3, 0, ""},
		{"999.99", 5, 2, "99999"},
		{"1e400", 38, 0, ""}, {"1e99999999999999999999", 38, 0, ""}, {"0e99999999999999999999", 38, 0, "0"},
		{"1e-99999999999", 38, 38, ""},
		{"99999999999999999999999999999999999999", 38, 0, "99999999999999999999999999999999999999"},
		{"100000000000000000000000000000000000000", 38, 0, ""}, {"007", 5, 0, ""}, {"+1", 5, 0, ""}, {"1.", 5, 0, ""},
		{".5", 5, 1, ""},
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
