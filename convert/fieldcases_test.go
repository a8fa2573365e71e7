package convert

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"

	"ndjson-parquet/convert/schema"
)

// The tests of the field cases in docs/FIELD-CASES.md that concern the converter.

// convertText converts sources of text and returns the result, the rows and the sink.
func convertText(t testing.TB, opts Options, texts ...string) (*Result, []map[string]any, *memorySink) {
	t.Helper()
	var sources []Source
	for i, text := range texts {
		sources = append(sources, textSource(fmt.Sprintf("source-%d", i), text))
	}
	return convertSources(t, opts, sources)
}

func convertSources(t testing.TB, opts Options, sources []Source) (*Result, []map[string]any, *memorySink) {
	t.Helper()
	sink := &memorySink{}
	result, err := Convert(context.Background(), sources, sink, opts)
	if err != nil {
		t.Fatal(err)
	}
	var rows []map[string]any
	for _, part := range sink.parts {
		rows = append(rows, readBack(t, part.Bytes(), result.Schema)...)
	}
	if int64(len(rows)) != result.Rows {
		t.Fatalf("%d rows were counted, %d were read back", result.Rows, len(rows))
	}
	if n := result.Rows + result.Rejected + result.Blank; n != result.Lines {
		t.Fatalf("the counts do not add up: %+v", result.Counts)
	}
	return result, rows, sink
}

func wantRows(t testing.TB, got []map[string]any, want ...map[string]any) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d rows, want %d: %v", len(got), len(want), got)
	}
	for i := range got {
		if !equalValues(got[i], want[i]) {
			t.Errorf("row %d\n got %s\nwant %s", i, show(got[i]), show(want[i]))
		}
	}
}

type row = map[string]any

// rejectedRecord is a line of the file of rejected records.
type rejectedRecord struct {
	File, Reason, Detail, Raw string
	RawBase64                 []byte `json:"raw_base64"`
	Line, Offset, Length      int64
	Truncated                 bool
}

func rejectedRecords(t testing.TB, sink *memorySink) []rejectedRecord {
	t.Helper()
	if sink.rejects == nil {
		return nil
	}
	var all []rejectedRecord
	d := json.NewDecoder(bytes.NewReader(sink.rejects.Bytes()))
	for d.More() {
		var r rejectedRecord
		if err := d.Decode(&r); err != nil {
			t.Fatal(err)
		}
		all = append(all, r)
	}
	return all
}

func TestC27_MixedTypesAcrossRowsAndFiles(t *testing.T) {
	result, rows, _ := convertText(t, Options{}, `{"v":1}`+"\n"+`{"v":1.5}`, `{"v":"x"}`+"\n"+`{"v":2}`)
	if got := result.Schema.DDL(); got != "v double" {
		t.Errorf("schema %s", got)
	}
	wantRows(t, rows, row{"v": 1.0}, row{"v": 1.5}, row{schema.ColumnRescuedData: `{"/v":"x"}`}, row{"v": 2.0})

	// A later batch with the published schema keeps the type.
	result, rows, _ = convertText(t, Options{Base: result.Schema}, `{"v":"a"}`+"\n"+`{"v":"b"}`+"\n"+`{"v":3}`)
	if got := result.Schema.DDL(); got != "v double" || len(result.New) > 0 {
		t.Errorf("schema %s, new %v", got, result.New)
	}
	wantRows(t, rows, row{schema.ColumnRescuedData: `{"/v":"a"}`}, row{schema.ColumnRescuedData: `{"/v":"b"}`},
		row{"v": 3.0})
}

func TestC28_NumbersAreExact(t *testing.T) {
	result, rows, _ := convertText(t, Options{}, `{"i":9007199254740993,"d":-0.0}
{"i":9223372036854775807,"d":0.1}
{"i":9223372036854775808,"d":1e400}
{"i":-9223372036854775808,"d":1E-400}
{"i":1.0,"d":5e-324}
{"i":123456789012345678,"d":1.7976931348623157e308}
{"i":0,"d":9007199254740993}
{"i":1,"d":9007199254740992}`)
	if got := result.Schema.DDL(); got != "i bigint, d double" {
		t.Errorf("schema %s", got)
	}
	wantRows(t, rows, row{"i": int64(9007199254740993), "d": math.Copysign(0, -1)},
		row{"i": int64(9223372036854775807), "d": 0.1},
		row{schema.ColumnRescuedData: `{"/i":9223372036854775808,"/d":1e400}`},
		row{"i": int64(-9223372036854775808), schema.ColumnRescuedData: `{"/d":1E-400}`},
		row{"i": int64(1), "d": 5e-324},
		row{"i": int64(123456789012345678), "d": 1.7976931348623157e308},
		row{"i": int64(0), schema.ColumnRescuedData: `{"/d":9007199254740993}`},
		row{"i": int64(1), "d": 9007199254740992.0})
}

func TestC29_ColumnsWithoutType(t *testing.T) {
	result, rows, _ := convertText(t, Options{}, `{"n":null,"l":[],"o":{},"ln":[null],"s":[],"k":1}
{"n":null,"l":[],"o":{},"ln":[null,null],"s":[{"a":1}]}`)
	if got := result.Schema.DDL(); got != "s array<struct<a:bigint>>, k bigint" {
		t.Errorf("schema %s", got)
	}
	wantRows(t, rows,
		row{"k": int64(1), "s": []any{}, schema.ColumnRescuedData: `{"/l":[],"/o":{},"/ln":[null]}`},
		row{"s": []any{row{"a": int64(1)}}, schema.ColumnRescuedData: `{"/l":[],"/o":{},"/ln":[null,null]}`})

	// The scanner reads empty arrays once their name is known. A type that comes late applies to
	// all rows.
	result, rows, _ = convertText(t, Options{},
		strings.Repeat(`{"l":[],"s":{"e":[ ]}}`+"\n", 3)+`{"l":["x"],"s":{"f":1}}`)
	if got := result.Schema.DDL(); got != "l array<string>, s struct<f:bigint>" {
		t.Errorf("schema %s", got)
	}
	empty := row{"l": []any{}, "s": row{}, schema.ColumnRescuedData: `{"/s/e":[ ]}`}
	wantRows(t, rows, empty, empty, empty, row{"l": []any{"x"}, "s": row{"f": int64(1)}})
	result, _, _ = convertText(t, Options{}, strings.Repeat(`{"l":[],"k":1}`+"\n", 1000))
	if result.Rescued != 1000 {
		t.Errorf("%+v", result.Counts)
	}

	// A later batch gives the columns their types.
	base, err := schema.ParseDDL("s array<struct<a:bigint>>, k bigint")
	if err != nil {
		t.Fatal(err)
	}
	result, rows, _ = convertText(t, Options{Base: base}, `{"n":true,"l":[1],"o":{"x":"y"},"ln":[2.5]}`)
	if got := result.Schema.DDL(); got != "s array<struct<a:bigint>>, k bigint, n boolean, "+
		"l array<bigint>, o struct<x:string>, ln array<double>" {
		t.Errorf("schema %s", got)
	}
	wantRows(t, rows, row{"n": true, "l": []any{int64(1)}, "o": row{"x": "y"}, "ln": []any{2.5}})
}

func TestC30_Names(t *testing.T) {
	long := strings.Repeat("x", 256)
	text := `{"Id":1,"id":2,"Id":3}
{"id":4,"":5,"a.b c":6,"tab\there":7}
{"ID":8,"_Source_File":9,"` + long + `":10,"ſ":1,"S":2,"K":3,"k":4}`
	result, rows, _ := convertText(t, Options{}, text)
	const ddl = "Id bigint, `a.b c` bigint, `ſ` bigint, K bigint"
	if got := result.Schema.DDL(); got != ddl {
		t.Errorf("schema %s", got)
	}
	wantRows(t, rows,
		row{"Id": int64(3), schema.ColumnRescuedData: `{"/Id~d":1,"/id":2}`},
		row{"Id": int64(4), "a.b c": int64(6), schema.ColumnRescuedData: `{"/":5,"/tab\there":7}`},
		row{"Id": int64(8), "ſ": int64(1), "K": int64(3), schema.ColumnRescuedData: `{"/_Source_File":9,"/` + long +
			`":10,"/S":2,"/k":4}`})

	result, rows, _ = convertText(t, Options{CaseSensitive: true}, text)
	if got := result.Schema.DDL(); got != ddl {
		t.Errorf("case-sensitive: schema %s", got)
	}
	wantRows(t, rows,
		row{"Id": int64(3), schema.ColumnRescuedData: `{"/Id~d":1,"/id":2}`},
		row{"a.b c": int64(6), schema.ColumnRescuedData: `{"/id":4,"/":5,"/tab\there":7}`},
		row{"ſ": int64(1), "K": int64(3), schema.ColumnRescuedData: `{"/ID":8,"/_Source_File":9,"/` + long +
			`":10,"/S":2,"/k":4}`})
}

func TestC31_LongLines(t *testing.T) {
	long := func(n int) string { return `{"a":"` + strings.Repeat("x", n) + `"}` }
	text := `{"a":"1"}` + "\n" + long(5<<20) + "\n" + long(64<<20) + "\n" + `{"a":"2"}` + "\n"
	result, rows, sink := convertText(t, Options{}, text)
	if result.Rows != 3 || len(rows[1]["a"].(string)) != 5<<20 || rows[2]["a"] != "2" {
		t.Errorf("%+v", result.Counts)
	}
	rejected := rejectedRecords(t, sink)
	if len(rejected) != 1 || rejected[0].Reason != "too-long" || rejected[0].Line != 3 ||
		rejected[0].Length != 64<<20+8 ||
		!rejected[0].Truncated || len(rejected[0].Raw) != 1<<20 || rejected[0].Offset != 10+5<<20+9 {
		r := rejected[0]
		r.Raw = ""
		t.Errorf("rejected: %d, %+v", len(rejected), r)
	}
}

func TestC32_AVerdictForEachLine(t *testing.T) {
	text := "\xEF\xBB\xBF{\"a\":1}\r\n" + // a BOM, CRLF
		"\r\n \t \n" + // blank
		"{\"a\":NaN}\n" +
		"{\"a\":\"\xff\"}\n" +
		"{\"a\":2,\"s\":\"\\ud800\"}\n" +
		"{\n  \"a\": 3\n}\n" + // pretty-printed
		"[{\"a\":4}]\n" +
		"\"text\"\n" +
		"{\"a\":5} {\"a\":6}\n" +
		"{\"a\":01}\n" +
		"{\"a\":1,}\n" +
		"{\"a\":\"\x01\"}\n" +
		"{\"a\":'x'}\n" +
		"\xEF\xBB\xBF{\"a\":1}\n" + // a BOM elsewhere
		"{\"a\":7}" // no final newline
	result, rows, sink := convertText(t, Options{}, text)
	wantRows(t, rows, row{"a": int64(1)}, row{"a": int64(2), schema.ColumnRescuedData: `{"/s":"\ud800"}`},
		row{"a": int64(5)}, row{"a": int64(6)}, row{"a": int64(7)})
	want := []struct {
		line   int64
		reason string
	}{{4, "not-json"}, {5, "bad-utf8"}, {7, "not-json"}, {8, "not-json"}, {9, "not-json"}, {10, "not-object"},
		{11, "not-object"},
		{13, "not-json"}, {14, "not-json"}, {15, "not-json"}, {16, "not-json"}, {17, "not-json"}}
	rejected := rejectedRecords(t, sink)
	if len(rejected) != len(want) || result.Blank != 2 {
		t.Fatalf("%d rejected, %d blank\n%s", len(rejected), result.Blank, sink.rejects)
	}
	for i, r := range rejected {
		if r.Line != want[i].line || r.Reason != want[i].reason {
			t.Errorf("line %d is %s, want %v", r.Line, r.Reason, want[i])
		}
		raw := []byte(r.Raw)
		if r.RawBase64 != nil {
			raw = r.RawBase64
		}
		if at := text[r.Offset : r.Offset+r.Length]; at != string(raw) {
			t.Errorf("line %d: %q, in the file %q", r.Line, raw, at)
		}
	}
}

func TestC33_NothingInIt(t *testing.T) {
	for _, text := range []string{"", "\n\n \r\n", "\xEF\xBB\xBF"} {
		result, _, sink := convertText(t, Options{}, text)
		if len(sink.parts) > 0 || len(result.Parts) > 0 || result.Rows != 0 || result.Sources[0].Err != nil {
			t.Errorf("%q: %d parts, %+v", text, len(sink.parts), result)
		}
	}
}

func gzipped(t testing.TB, texts ...string) []byte {
	var b bytes.Buffer
	for _, text := range texts { // a member each
		w := gzip.NewWriter(&b)
		if _, err := io.WriteString(w, text); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return b.Bytes()
}

func TestC34_Gzip(t *testing.T) {
	members := gzipped(t, `{"a":1}`+"\n"+`{"a":`, `2}`+"\n", `{"a":3}`+"\n")
	sources := []Source{
		textSource("members.ndjson.gz", string(members)),
		textSource("wrong-extension.ndjson", string(members)),
		textSource("not-compressed.ndjson.gz", `{"a":4}`),
		textSource("truncated.ndjson.gz", string(members[:len(members)-10])),
		textSource("cut-at-the-start.gz", string(members[:1])),
		textSource("last", `{"a":5}`),
	}
	result, rows, _ := convertSources(t, Options{}, sources)
	three := []map[string]any{{"a": int64(1)}, {"a": int64(2)}, {"a": int64(3)}}
	wantRows(t, rows, append(append(append([]map[string]any{}, three...), three...), row{"a": int64(4)},
		row{"a": int64(5)})...)
	for i, s := range result.Sources {
		if failed := i == 3 || i == 4; errors.Is(s.Err, ErrCorrupt) != failed || !failed && s.Err != nil {
			t.Errorf("%s: %v", s.URI, s.Err)
		}
	}
}

func TestC35_AKeyInTheLastRow(t *testing.T) {
	var b strings.Builder
	for i := range 300_000 {
		fmt.Fprintf(&b, `{"id":%d,"s":{"x":%d}}`+"\n", i, i)
	}
	b.WriteString(`{"id":300000,"late":"yes","s":{"x":1.5,"deep":[true]}}`)
	result, rows, _ := convertText(t, Options{}, b.String())
	if got := result.Schema.DDL(); got != "id bigint, s struct<x:double,deep:array<boolean>>, late string" {
		t.Errorf("schema %s", got)
	}
	wantRows(t, rows[299_999:], row{"id": int64(299999), "s": row{"x": 299999.0}},
		row{"id": int64(300000), "late": "yes", "s": row{"x": 1.5, "deep": []any{true}}})
}

func TestC36_WideAndDeep(t *testing.T) {
	var wide strings.Builder
	wide.WriteString(`{"first":1`)
	for i := range 5000 {
		fmt.Fprintf(&wide, `,"k%d":%d`, i, i)
	}
	wide.WriteString("}")
	deep := func(n int) string { return `{"d":` + strings.Repeat("[", n-1) + strings.Repeat("]", n-1) + "}" }
	nested := func(n int) string { return strings.Repeat(`{"d":`, n) + "1" + strings.Repeat("}", n) }
	result, rows, sink := convertText(t, Options{},
		wide.String()+"\n"+deep(128)+"\n"+deep(129)+"\n"+deep(200)+"\n"+nested(200)+
			"\n"+deep(100_000))
	if n := len(result.Schema.Columns); n != 2000 {
		t.Errorf("%d columns", n)
	}
	var rescued map[string]int
	if err := json.Unmarshal([]byte(rows[0][schema.ColumnRescuedData].(string)), &rescued); err != nil ||
		len(rescued) != 3001 ||
		rescued["/k4999"] != 4999 {
		t.Errorf("%d rescued, %v", len(rescued), err)
	}
	if result.Rows != 2 {
		t.Errorf("%+v", result.Counts)
	}
	for _, r := range rejectedRecords(t, sink) {
		if r.Reason != "too-deep" {
			t.Errorf("line %d: %s", r.Line, r.Reason)
		}
	}
	// Nesting that is accepted, but deeper than a column can be.
	result, rows, _ = convertText(t, Options{}, nested(120)+"\n"+`{"e":1}`)
	if got := result.Schema.DDL(); got != "e bigint" || rows[0][schema.ColumnRescuedData] == nil {
		t.Errorf("schema %s, %v", got, rows)
	}
}

// repeatedSource returns a source of n times text.
func repeatedSource(text string, n int64) Source {
	size := int64(len(text)) * n
	return Source{URI: "repeated", Size: size, Open: func(context.Context) (io.ReadCloser, error) {
		return sectionCloser{io.NewSectionReader(repeatedText(text), 0, size)}, nil
	}}
}

type repeatedText string

func (r repeatedText) ReadAt(p []byte, off int64) (int, error) {
	for n := 0; n < len(p); {
		n += copy(p[n:], r[(off+int64(n))%int64(len(r)):])
	}
	return len(p), nil
}

// A countingSink counts the bytes and discards them.
type countingSink struct{ bytes atomic.Int64 }

func (c *countingSink) Part(int) (io.WriteCloser, error) { return c, nil }
func (c *countingSink) Rejects() (io.WriteCloser, error) { return c, nil }
func (c *countingSink) Reset() error                     { return nil }
func (c *countingSink) Close() error                     { return nil }
func (c *countingSink) Write(p []byte) (int, error)      { c.bytes.Add(int64(len(p))); return len(p), nil }

func TestC38_MemoryStaysFlat(t *testing.T) {
	var line strings.Builder
	for i := range 40 {
		fmt.Fprintf(&line, `{"id":%d,"text":"%x","value":%d.%d}`+"\n", i*7919, i*1234567891, i, i*31)
	}
	size := int64(400 << 20)
	if testing.Short() {
		size = 100 << 20
	}
	runtime.GC()
	var peak atomic.Uint64
	opts := Options{Parallelism: 2, Progress: func(int64) {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		if m.HeapAlloc > peak.Load() {
			peak.Store(m.HeapAlloc)
		}
	}}
	result, err := Convert(context.Background(), []Source{repeatedSource(line.String(), size/int64(line.Len()))},
		&countingSink{}, opts)
	if err != nil {
		t.Fatal(err)
	}
	if result.Rows == 0 || peak.Load() > 160<<20 {
		t.Errorf("%d rows, at most %d MiB in use", result.Rows, peak.Load()>>20)
	}
}
