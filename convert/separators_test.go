package convert

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
)

// oddityCounts returns the counts of a result's oddities by kind.
func oddityCounts(r *Result) map[OddityKind]int64 {
	counts := map[OddityKind]int64{}
	for _, o := range r.Oddities {
		counts[o.Kind] = o.Count
	}
	return counts
}

func TestSeparators(t *testing.T) {
	type place struct{ line, offset, length int64 }
	for name, c := range map[string]struct {
		text     string
		rows     []int64 // values of a
		rejected []place
		blank    int64
		oddities map[OddityKind]int64
	}{
		"one record a line": {text: "{\"a\":1}\r\n\n{\"a\":2}", rows: []int64{1, 2}, blank: 1},
		"joined": {text: `{"a":1}{"a":2} {"b":{"c":"}{"}}{"a":4}` + "\n" + `{"a":5}`, rows: []int64{1, 2, 0, 4, 5},
			oddities: map[OddityKind]int64{JoinedRecords: 3}},
		"joined, one of them not JSON": {text: `{"a":1}{"a":}{"a":3}` + "\n", rows: []int64{1, 3},
			rejected: []place{{1, 7, 6}}, oddities: map[OddityKind]int64{JoinedRecords: 2}},
		"rest of a line": {text: "\n{\"a\":1} oops {\"a\":2}\n", rows: []int64{1}, blank: 1,
			rejected: []place{{2, 9, 12}}, oddities: map[OddityKind]int64{JoinedRecords: 1}},
		"RFC 7464": {text: "\x1e{\"a\":1}\n\x1e{\"a\":2}\n\x1e\n", rows: []int64{1, 2}, blank: 1,
			oddities: map[OddityKind]int64{RecordSeparators: 3}},
		"RFC 7464, truncated record": {text: "\x1e{\"a\":\x1e{\"a\":2}\n", rows: []int64{2},
			rejected: []place{{1, 1, 5}}, oddities: map[OddityKind]int64{RecordSeparators: 1, JoinedRecords: 1}},
		"CR": {text: "{\"a\":1}\r{\"a\":\"x\r{\"a\":3}\r\roops\r{\"a\":4}\r", rows: []int64{1, 3, 4},
			rejected: []place{{2, 8, 7}, {5, 25, 4}}, oddities: map[OddityKind]int64{CRLineEnds: 5}},
		"CR within a record": {text: "{\"a\":1,\r\"s\":\r{\"x\":2}\r}\n", rows: []int64{1}},
		"NULs": {text: strings.Repeat("\x00", 5000) + "{\"a\":1}\n{\"a\":\x00\x00{\"a\":2}\x00\n", rows: []int64{1, 2},
			rejected: []place{{2, 5008, 5}}, oddities: map[OddityKind]int64{NULs: 3, JoinedRecords: 1}},
		"array": {text: "[\n{\"a\":1},\n{\"a\":2}\n]\n", rows: []int64{1, 2}, blank: 2,
			oddities: map[OddityKind]int64{ArrayBrackets: 2, Commas: 1}},
		"array, tight": {text: "[{\"a\":1},\n{\"a\":2}\n,{\"a\":3}]", rows: []int64{1, 2, 3},
			oddities: map[OddityKind]int64{ArrayBrackets: 2, Commas: 2}},
		"array in a line": {text: "{\"a\":1}\n[{\"a\":2},{\"a\":3}]\n", rows: []int64{1},
			rejected: []place{{2, 8, 17}}},
	} {
		t.Run(name, func(t *testing.T) {
			result, rows, sink := convertText(t, Options{}, c.text)
			var got []int64
			for _, r := range rows {
				a, _ := r["a"].(int64)
				got = append(got, a)
			}
			if fmt.Sprint(got) != fmt.Sprint(c.rows) || result.Blank != c.blank {
				t.Errorf("rows %v, %d blank, want %v, %d", got, result.Blank, c.rows, c.blank)
			}
			var places []place
			for _, r := range rejectedRecords(t, sink) {
				places = append(places, place{r.Line, r.Offset, r.Length})
			}
			if fmt.Sprint(places) != fmt.Sprint(c.rejected) {
				t.Errorf("rejected %v, want %v\n%s", places, c.rejected, sink.rejects)
			}
			if got := oddityCounts(result); fmt.Sprint(got) != fmt.Sprint(c.oddities) {
				t.Errorf("oddities %v, want %v", got, c.oddities)
			}
		})
	}
}

// A separatedText is a text of records with all kinds of separators, and what it becomes.
type separatedText struct {
	strings.Builder
	rows     int
	rejected []int64 // offsets
}

// randomSeparators returns a text of about n bytes. Its lines are long, so that they are divided
// and longer than a span.
func randomSeparators(seed uint64, n, maxRecord int) *separatedText {
	r := rand.New(rand.NewPCG(seed, 2))
	s := &separatedText{}
	reject := func(text string) {
		s.rejected = append(s.rejected, int64(s.Len()))
		s.WriteString(text)
	}
	accept := func() {
		fmt.Fprintf(s, `{"a":%d,"s":{"x":"}{\"%s"},"l":[{},[%d]]}`, s.rows, strings.Repeat("é", r.IntN(30)),
			r.IntN(100))
		s.rows++
	}
	between := []string{"", "", "", " ", ",", "\x1e", "\r", "\x00", " , \t", strings.Repeat("\x00", 3000), "\n\x1e"}
	for s.Len() < n {
		switch r.IntN(40) {
		case 0:
			reject(fmt.Sprintf(`{"a":%d,"s":{"x":oops}}`, r.IntN(1000)))
		case 1: // ends where a byte that JSON does not have precedes a brace
			reject(`{"a":"not complete`)
			s.WriteString([]string{"\x00", "\x1e", "\r", "\n"}[r.IntN(4)])
			accept()
		case 2:
			reject(`{"a":"` + strings.Repeat(`}{\"`, maxRecord/4) + `"}`) // too long
		case 3:
			reject("neither { nor }")
			s.WriteByte('\n')
		default:
			accept()
		}
		switch {
		case r.IntN(1500) == 0:
			s.WriteByte('\n')
		default:
			s.WriteString(between[r.IntN(len(between))])
		}
	}
	return s
}

// TestSeparatorsAtBoundaries converts long lines that are divided into blocks and spans at any
// place, and compares the rows, the places of rejected records, and the output at each parallelism.
func TestSeparatorsAtBoundaries(t *testing.T) {
	const maxRecord = 2000
	for seed := range uint64(4) {
		text := randomSeparators(seed, 200_000, maxRecord)
		ranges := textSource("s", text.String())
		stream := Source{URI: "s", Size: int64(text.Len()), Open: func(context.Context) (io.ReadCloser, error) {
			return streamOf{strings.NewReader(text.String())}, nil
		}}
		for _, scale := range []int64{1, 128, 1024, 4096} {
			opts := Options{MaxRecordBytes: maxRecord, spanScale: scale, Parallelism: 1}
			for _, source := range []Source{ranges, stream} {
				result, rows, sink := convertSources(t, opts, []Source{source})
				for i, r := range rows {
					if r["a"] != int64(i) {
						t.Fatalf("seed %d, scale %d: row %d is %v", seed, scale, i, r)
					}
				}
				if len(rows) != text.rows {
					t.Errorf("seed %d, scale %d: %d rows, want %d", seed, scale, len(rows), text.rows)
				}
				checkRejected(t, text, rejectedRecords(t, sink))
				if scale > 1 && result.Oddities[0].First.URI != "s" {
					t.Errorf("%+v", result.Oddities)
				}
			}
			want, _ := convertAll(t, opts, []Source{ranges})
			for parallelism := 2; parallelism <= 8; parallelism++ {
				opts.Parallelism = parallelism
				if got, _ := convertAll(t, opts, []Source{ranges}); !bytes.Equal(got, want) {
					t.Errorf("seed %d, scale %d: parallelism %d changes the output", seed, scale, parallelism)
				}
			}
		}
	}
}

// checkRejected compares rejected records with the text.
func checkRejected(t *testing.T, text *separatedText, rejected []rejectedRecord) {
	t.Helper()
	if len(rejected) != len(text.rejected) {
		t.Fatalf("%d rejected, want %d", len(rejected), len(text.rejected))
	}
	all := text.String()
	for i, r := range rejected {
		if r.Offset != text.rejected[i] {
			t.Fatalf("rejected record %d is at %d, want %d", i, r.Offset, text.rejected[i])
		}
		if raw := all[r.Offset : r.Offset+r.Length]; raw != r.Raw {
			t.Errorf("raw is %q, in the text %q", r.Raw, raw)
		}
		if line := int64(countLineEnds(all[:r.Offset])) + 1; r.Line != line {
			t.Fatalf("rejected record %d is on line %d, want %d: …%q", i, r.Line, line,
				all[max(0, r.Offset-60):r.Offset])
		}
	}
}

// countLineEnds counts LFs, and CRs between two records of a line.
func countLineEnds(text string) int {
	return strings.Count(text, "\n") + strings.Count(text, "\r") - strings.Count(text, "\r\n") -
		strings.Count(text, "\n\r")
}

// TestJoinedRecordsStayInBounds converts a file without a newline that is much larger than the
// longest record.
func TestJoinedRecordsStayInBounds(t *testing.T) {
	record := `{"id":123456,"text":"some text of a record","nested":{"list":[1,2,3]}}`
	n := int64(100<<20) / int64(len(record))
	if testing.Short() {
		n /= 4
	}
	runtime.GC()
	var peak atomic.Uint64
	opts := Options{Parallelism: 2, MaxRecordBytes: 1 << 20, Progress: func(int64) {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		if m.HeapAlloc > peak.Load() {
			peak.Store(m.HeapAlloc)
		}
	}}
	result, err := Convert(context.Background(), []Source{repeatedSource(record, n)}, &countingSink{}, opts)
	if err != nil {
		t.Fatal(err)
	}
	if result.Rows != n || result.Rejected != 0 || oddityCounts(result)[JoinedRecords] != n-1 {
		t.Errorf("%d records are %+v, %+v", n, result.Counts, result.Oddities)
	}
	if peak.Load() > 160<<20 {
		t.Errorf("at most %d MiB in use", peak.Load()>>20)
	}
}
