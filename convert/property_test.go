package convert

import (
	"context"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Random JSON text: few names, so that they occur with several types and spellings, numbers at the
// limits of the types, and escapes.

func genKey(t *rapid.T) string {
	return rapid.SampledFrom([]string{"a", "b", "c", "d", "A", "b/c", "x~y", "id", "Id", "name with spaces", "ключ", "",
		"_source_file", "long_name_of_more_than_sixteen_bytes", "q\\\"uote"}).Draw(t, "key")
}

func genScalar(t *rapid.T) string {
	switch rapid.IntRange(0, 9).Draw(t, "scalar") {
	case 0:
		return "null"
	case 1:
		return rapid.SampledFrom([]string{"true", "false"}).Draw(t, "bool")
	case 2, 3:
		return fmt.Sprint(rapid.Int64().Draw(t, "int"))
	case 4:
		return rapid.SampledFrom([]string{"0", "-0", "9007199254740993", "9223372036854775807", "-9223372036854775808",
			"9223372036854775808", "18446744073709551616", "123456789012345678901234567890", "12345678", "123456789",
			"1234567890123456", "99999999999999999999999", "-1"}).Draw(t, "edge")
	case 5:
		return rapid.SampledFrom([]string{"1.0", "-0.0", "1e400", "1E-400", "0e5", "0.1", "1e3", "123456789.123456789",
			"0.00001234567890123456789", "1.7976931348623157e308", "5e-324", "2.5e-324", "3.4e+12",
			"12345678901234567890.5", "9007199254740993.0"}).Draw(t, "float")
	case 6:
		f := rapid.Float64().Draw(t, "double")
		if math.IsInf(f, 0) || math.IsNaN(f) {
			f = 0.5
		}
		return fmt.Sprintf("%e", f)
	case 7:
		return rapid.SampledFrom([]string{`"\ud800"`, `"\ud83d\ude00"`, `"a\n\"\\\/\u0041"`, `"\udc00x"`, `"\u0000"`,
			`"é"`, `"12345678"`, `"1234567\n"`, `"éééé\tü"`, `"\ud800\u0041"`, `"\uD800\uD800"`}).Draw(t, "escaped")
	}
	return `"` + rapid.StringMatching(`[a-zA-Zé€ ]{0,20}`).Draw(t, "text") + `"`
}

func genValue(t *rapid.T, depth int) string {
	kind := rapid.IntRange(0, 9).Draw(t, "kind")
	if depth > 3 || kind < 6 {
		return genScalar(t)
	}
	if kind < 8 {
		return genObject(t, depth+1)
	}
	items := make([]string, rapid.IntRange(0, 3).Draw(t, "items"))
	for i := range items {
		items[i] = genValue(t, depth+1)
	}
	return "[" + strings.Join(items, genSpace(t)+","+genSpace(t)) + "]"
}

func genObject(t *rapid.T, depth int) string {
	members := make([]string, rapid.IntRange(0, 5).Draw(t, "members"))
	for i := range members {
		key := genKey(t)
		if !strings.Contains(key, `\`) && key != "" && rapid.IntRange(0, 20).Draw(t, "escaped key") == 0 {
			key = fmt.Sprintf(`\u%04x`, []rune(key)[0]) + string([]rune(key)[1:])
		}
		members[i] = `"` + key + `"` + genSpace(t) + ":" + genSpace(t) + genValue(t, depth)
	}
	return "{" + strings.Join(members, genSpace(t)+","+genSpace(t)) + "}"
}

func genSpace(t *rapid.T) string {
	return rapid.SampledFrom([]string{"", "", "", " ", "\t", "  "}).Draw(t, "space")
}

// TestEqualsReference compares the conversion of random records with the reference.
func TestEqualsReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// records that are repeated, which the scanner reads
		kinds := make([]string, rapid.IntRange(1, 3).Draw(t, "kinds"))
		for i := range kinds {
			kinds[i] = genObject(t, 0)
		}
		lines := make([]string, rapid.IntRange(1, 20).Draw(t, "lines"))
		for i := range lines {
			if rapid.Bool().Draw(t, "new") {
				lines[i] = genObject(t, 0)
			} else {
				lines[i] = rapid.SampledFrom(kinds).Draw(t, "old")
			}
		}
		compareWithReference(t, lines, Options{spanScale: rapid.SampledFrom([]int64{1, 1 << 17}).Draw(t, "scale")})
	})
}

type testingT interface {
	Helper()
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
	Logf(format string, args ...any)
}

func compareWithReference(t testingT, lines []string, opts Options) {
	schema, rows := refConvert(lines)
	sink := &memorySink{}
	result, err := Convert(context.Background(), []Source{textSource("a", strings.Join(lines, "\n"))}, sink, opts)
	if err != nil {
		t.Fatalf("converting: %v\n%s", err, strings.Join(lines, "\n"))
	}
	text := strings.Join(lines, "\n")
	if got, want := result.Schema.DDL(), schema.DDL(); got != want {
		t.Fatalf("schema\n got %s\nwant %s\n%s", got, want, text)
	}
	if len(lines) != int(result.Rows) || result.Rejected != 0 {
		t.Fatalf("%d lines became %+v; %s\n%s", len(lines), result.Counts, sink.rejects, text)
	}
	got := readBack(t, sink.parts[0].Bytes(), result.Schema)
	for i := range rows {
		if !equalValues(got[i], rows[i]) {
			t.Fatalf("row %d of\n%s\n got %v\nwant %v\nschema %s", i, text, show(got[i]), show(rows[i]), schema.DDL())
		}
	}
}

// equalValues compares rows; doubles bit by bit.
func equalValues(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		return ok && maps.EqualFunc(a, b, equalValues)
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, equalValues)
	case float64:
		b, ok := b.(float64)
		return ok && math.Float64bits(a) == math.Float64bits(b)
	}
	return reflect.DeepEqual(a, b)
}

func show(v any) string { return fmt.Sprintf("%#v", v) }
