package convert

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

func TestRecordsPath(t *testing.T) {
	type place struct {
		line, offset int64
		raw          string
	}
	for name, c := range map[string]struct {
		path, text string
		rows       []int64 // values of a
		rejected   []place
		oddities   map[OddityKind]int64
	}{
		"array": {path: "#", text: `[{"a":1},{"a":2},{"a":3}]`, rows: []int64{1, 2, 3}},
		"pretty array": {path: "#", text: "[\r\n  {\r\n    \"a\": 1\r\n  },\n  {\n    \"a\":\n 2 }\n]\n",
			rows: []int64{1, 2}},
		"empty array": {path: "#", text: "[ ]"},
		"pretty object": {path: "#", text: "{\n  \"a\": 1,\n  \"b\": [\n {} ]\n}\n{\n  \"a\": 2\n}",
			rows: []int64{1, 2}},
		"a document a line": {path: "/Records", text: `{"Records":[{"a":1}]}` + "\n" +
			`{"x":[1],"Records":[{"a":2},{"a":3}],"y":{}}{"Records":null}`,
			rows: []int64{1, 2, 3}},
		"like names": {path: "#/Records", text: `{"x":{"Records":[{"a":9}]},"s":"Records\":[{","Rec\u006frds":[{"a":1,"Records":[{"a":8}]}]}`,
			rows: []int64{1}},
		"deep":   {path: "/a/1/b~1c", text: `{"a":[{"b/c":[{"a":9}]},{"b/c":[{"a":1}]}]}`, rows: []int64{1}},
		"object": {path: "/detail", text: `{"detail":{"a":1}}{"detail":{"a":2}}`, rows: []int64{1, 2}},
		"other values": {path: "#", text: "[1,\n\"x,]\",{\"a\":1},null,\n[2],\n{\"a\":2}]", rows: []int64{1, 2},
			rejected: []place{{1, 1, "1"}, {2, 4, `"x,]"`}, {2, 18, "null"}, {3, 24, "[2]"}}},
		"not JSON in a record": {path: "/r", text: "{\"r\":[\n{\"a\":1},\n{\"a\":\n  oops},\n{\"a\":3}]}",
			rows:     []int64{1, 3},
			rejected: []place{{3, 16, "{\"a\":\n  oops}"}}},
		"lines between documents": {path: "#", text: "[{\"a\":1}]\noops {\n[{\"a\":2}]\n", rows: []int64{1, 2},
			rejected: []place{{2, 10, "oops {"}}},
		"truncated record": {path: "#", text: "[{\"a\":1},\n{\"a\":", rows: []int64{1},
			rejected: []place{{2, 10, `{"a":`}},
			oddities: map[OddityKind]int64{TruncatedDocument: 1}},
		"documents without records": {path: "/r", text: `{"r":[{"a":1}]}{"q":[{"a":2}]}[]`, rows: []int64{1},
			oddities: map[OddityKind]int64{NoRecordsPath: 1}},
		"byte order mark": {path: "#", text: "\xEF\xBB\xBF[{\"a\":1}]", rows: []int64{1}},
		"space before":    {path: "#", text: "[" + strings.Repeat(" ", 5000) + `{"a":1}]`, rows: []int64{1}},
	} {
		t.Run(name, func(t *testing.T) {
			opts := Options{RecordsPath: c.path, MaxRecordBytes: 100}
			result, rows, sink := convertText(t, opts, c.text)
			if err := result.Sources[0].Err; err != nil {
				t.Fatal(err)
			}
			var got []int64
			for _, r := range rows {
				got = append(got, r["a"].(int64))
			}
			var places []place
			for _, r := range rejectedRecords(t, sink) {
				places = append(places, place{r.Line, r.Offset, r.Raw})
			}
			if fmt.Sprint(got) != fmt.Sprint(c.rows) || result.Blank != 0 {
				t.Errorf("rows %v, %d blank, want %v", got, result.Blank, c.rows)
			}
			if fmt.Sprint(places) != fmt.Sprint(c.rejected) {
				t.Errorf("rejected %v, want %v", places, c.rejected)
			}
			if got := oddityCounts(result); fmt.Sprint(got) != fmt.Sprint(c.oddities) {
				t.Errorf("oddities %v, want %v", result.Oddities, c.oddities)
			}
		})
	}
	for path, text := range map[string]string{"/Records": `{"records":[{"a":1}]}`, "#": "[1,2]"} {
		result, _, _ := convertText(t, Options{RecordsPath: path}, text)
		if !errors.Is(result.Sources[0].Err, ErrNotNDJSON) {
			t.Errorf("%s of %s: %v", path, text, result.Sources[0].Err)
		}
	}
	if _, err := Convert(context.Background(), nil, &memorySink{}, Options{RecordsPath: "Records"}); err == nil {
		t.Error("a path that is not a JSON pointer is accepted")
	}
}

// TestRecordsPathAtBoundaries compares documents that are divided anywhere with encoding/json.
func TestRecordsPathAtBoundaries(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var documents bytes.Buffer
	want := 0
	for documents.Len() < 150_000 {
		var records []any
		for range r.IntN(30) {
			records = append(records, map[string]any{"a": want, "s": strings.Repeat(`}]"\`, r.IntN(10)),
				"n": []any{map[string]any{}}})
			want++
		}
		text, err := json.MarshalIndent(map[string]any{"Before": records, "Records": records, "zz": "]"}, "",
			strings.Repeat(" ", r.IntN(3)))
		if err != nil {
			t.Fatal(err)
		}
		documents.Write(text)
	}
	for _, scale := range []int64{1, 256, 4096} {
		opts := Options{RecordsPath: "/Records", spanScale: scale, MaxRecordBytes: 1000, Parallelism: 1}
		source := textSource("s", documents.String())
		_, rows, _ := convertSources(t, opts, []Source{source})
		if len(rows) != want {
			t.Fatalf("scale %d: %d rows, want %d", scale, len(rows), want)
		}
		for i, row := range rows {
			if row["a"] != int64(i) {
				t.Fatalf("scale %d: row %d is %v", scale, i, row)
			}
		}
		output, _ := convertAll(t, opts, []Source{source})
		for _, opts.Parallelism = range []int{2, 8} {
			if got, _ := convertAll(t, opts, []Source{source}); !bytes.Equal(got, output) {
				t.Errorf("parallelism %d changes the output", opts.Parallelism)
			}
		}
	}
}

func TestNotNDJSON(t *testing.T) {
	random := make([]byte, 5000)
	r := rand.New(rand.NewPCG(3, 4))
	for i := range random {
		random[i] = byte(r.Uint32())
	}
	utf16 := func(text string) string {
		var b strings.Builder
		for _, c := range text {
			b.WriteRune(c)
			b.WriteByte(0)
		}
		return b.String()
	}
	for text, want := range map[string]string{
		`[{"a":1},{"a":2}]`:                     "one JSON array",
		"[1]\n[2]\n":                            "lines are JSON arrays",
		"{\n  \"a\": 1\n}\n":                    "take several lines",
		`{"a":`:                                 "ends before its first object is complete",
		"{'a': 1}\n{'a': 2}\n":                  "single quotes",
		"{a: 1}\n":                              "not valid JSON",
		"id,name\n1,x\n2,y\n":                   "CSV, separated by commas",
		"id;name\n1;x\n":                        "CSV, separated by semicolons",
		"PAR1\x15\x04\x15 PAR1":                 "Parquet",
		"PK\x03\x04abc":                         "ZIP",
		"<!DOCTYPE html>\n<html></html>":        "HTML",
		"<?xml version=\"1.0\"?><Error/>":       "XML",
		"\x01" + string(random):                 "encrypted",
		strings.Repeat("\x01\x02\x03\x04", 100): "binary",
		utf16("{\"a\":1}\n{\"a\":2}\n"):         "UTF-16 (little-endian) without",
		"\x00" + utf16("{\"a\":1}\n{\"a\":2}\n") + "\x00": "UTF-16 (big-endian) without",
		"caf\xe9 1\ncaf\xe9 2\n":                          "another encoding",
		"1\n2\n":                                          "not objects",
		"just some words\nand more\n":                     "text, but not JSON",
		string(gzipped(t, "no\nJSON\n")):                  "text, but not JSON",
	} {
		result, rows, sink := convertText(t, Options{}, text, `{"a":1}`+"\n", "\n \n", "")
		err := result.Sources[0].Err
		if !errors.Is(err, ErrNotNDJSON) || !strings.Contains(err.Error(), want) {
			t.Errorf("%.30q: %v, want %q", text, err, want)
		}
		if len(rows) != 1 || result.Rejected != 0 || sink.rejects != nil {
			t.Errorf("%.30q: the neighbours are %+v", text, result.Counts)
		}
		for _, s := range result.Sources[1:] {
			if s.Err != nil {
				t.Errorf("%s: %v", s.URI, s.Err)
			}
		}
	}
	s := textSource("s", "no\n")
	s.AcceptRejected = true
	if result, _, _ := convertSources(t, Options{}, []Source{s}); result.Sources[0].Err != nil || result.Rejected != 1 {
		t.Errorf("%+v", result.Sources[0])
	}
}
