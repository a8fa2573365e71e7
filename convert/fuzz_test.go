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
		`{"a":1,"a":2}`,
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
		trimmed := strings.Trim(line, " \t\r")
		valid := utf8.ValidString(line) && json.Valid([]byte(line)) && trimmed[0] == '{'
		switch {
		case trimmed == "":
			if result.Blank != 2 {
				t.Errorf("%q is blank", line)
			}
			return
		case !valid:
			if result.Rejected != 2 || result.Rows != 1 {
				t.Errorf("%q is no object, but %+v", line, result.Counts)
			}
			return
		case result.Rows != 3:
			t.Fatalf("%q is an object, but %+v: %s", line, result.Counts, sink.rejects)
		}
		if strings.Contains(line, `\u`) || oddNames(line) {
			return // names that the reference writes in another form than the converter
		}
		compareWithReference(t, strings.Split(strings.TrimSuffix(text, "\n"), "\n"))
	})
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
