package convert

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzScanner compares the verdict on a line, and its values, with encoding/json and the reference.
// The line comes twice after a first one, so that both the parser and the scanner, which then knows
// its keys, read it.
func FuzzScanner(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"a":1}`, `{"a":-0.5e+3,"b":[1,2,{"c":null}]}`, `{"a":"\u00e9\ud83d\ude00\n"}`, `{"a":"\ud800"}`,
		`[1]`, `nul`,
		`{"a":1}}`, `{"a":01}`, `{"a":1.}`, `{"a":+1}`, `{"a":"` + "\x7f\xc3\xa9" + `"}`, `{"a":"` + "\xff" + `"}`,
		`{"a":1,"a":2}`, `{"a":1}{"a":2}`, "\x1e{\"a\":1},\x00{\"b\"", "{\"a\":\"\r{\"a\":1}", `{},{}],`,
		"{\"a\":\r{}}\r{}",
		`{"a":123456789012345678,"b":12345678901234567890}`, `{"a":1e999}`, " \t{ \"a\" : [ ] } \r",
		`{"a":[[],[[]],[null,[1]]]}`,
		`{"":1,"\u0061":2}`, `{"a":true,"b":false,"c":null}`, `{"a":tru}`, `{"a":"\x"}`, `{"a":"\u12G4"}`,
		"{\"a\":\"\t\"}",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, line string) {
		if strings.Contains(line, "\n") || len(line) > 4096 {
			return
		}
		text := `{"a":1,"b":"x","c":[{"d":1.5}]}` + "\n" + line + "\n" + line + "\n"
		sink := &memorySink{}
		result, err := Convert(context.Background(), []Source{textSource("a", text)}, sink, Options{MaxDepth: 10_000})
		if err != nil {
			t.Fatal(err)
		}
		records, whole := leadingRecords(line)
		switch {
		case result.Rows+result.Rejected+result.Blank != result.Lines:
			t.Errorf("%q: %+v", line, result.Counts)
			return
		case strings.Trim(line, " \t\r\n") == "":
			if result.Blank != 2 {
				t.Errorf("%q is blank", line)
			}
			return
		case strings.HasPrefix(strings.TrimLeft(line, separators), "["):
			return // an array, or the bracket of one
		case !whole:
			if result.Rejected < 2 || result.Rows < 1+2*int64(records) {
				t.Errorf("%q has %d objects and something else, but %+v", line, records, result.Counts)
			}
			return
		case result.Rejected != 0 || result.Rows != 1+2*int64(records):
			t.Errorf("%q has %d objects, but %+v", line, records, result.Counts)
			return
		case records != 1 || !json.Valid([]byte(line)):
			return // the reference does not know separators
		case result.Rows != 3:
			t.Fatalf("%q is an object, but %+v: %s", line, result.Counts, sink.rejects)
		}
		if strings.Contains(line, `\u`) || oddNames(line) {
			return // names that the reference writes in another form than the converter
		}
		compareWithReference(t, strings.Split(strings.TrimSuffix(text, "\n"), "\n"), Options{})
	})
}

const separators = " \t\r,\x1E\x00"

// leadingRecords returns the number of objects at the start of a line, and whether it has nothing
// else but separators.
func leadingRecords(line string) (n int, whole bool) {
	for {
		line = strings.TrimLeft(line, separators)
		if line == "" || strings.Trim(line, separators) == "]" {
			return n, true
		}
		d := json.NewDecoder(strings.NewReader(line))
		var raw json.RawMessage
		if line[0] != '{' || d.Decode(&raw) != nil || !utf8.Valid(raw) {
			return n, false
		}
		line = line[d.InputOffset():]
		n++
	}
}

// oddNames reports whether a valid line is beyond the reference: not ASCII, or nested deeper than
// columns can be.
func oddNames(line string) bool {
	for i := range len(line) {
		if line[i] >= utf8.RuneSelf || line[i] == 0x7F {
			return true
		}
	}
	return strings.Count(line, "{")+strings.Count(line, "[") > 30
}
