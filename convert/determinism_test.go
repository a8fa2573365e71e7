package convert

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

// driftingText returns about n bytes of NDJSON whose columns appear late and change their types,
// with some invalid lines.
func driftingText(seed uint64, n int) string {
	r := rand.New(rand.NewPCG(seed, 1))
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		fmt.Fprintf(&b, `{"id":%d,"name":"user %d","kind":"%c"`, i, r.IntN(1000), 'a'+rune(r.IntN(3)))
		share := float64(b.Len()) / float64(n)
		if share > 0.3 {
			fmt.Fprintf(&b, `,"late":[%d,null,"%d"]`, i, i)
		}
		if share > 0.6 && r.IntN(1000) == 0 {
			fmt.Fprintf(&b, `,"value":%d.5`, i)
		} else {
			fmt.Fprintf(&b, `,"value":%d`, i)
		}
		switch r.IntN(500) {
		case 0:
			b.WriteString(`,"id":"again"`)
		case 1:
			fmt.Fprintf(&b, `,"rare%d":{"x":%d}`, r.IntN(3), i)
		case 2:
			b.WriteString(`,"Name":true`)
		case 3:
			b.WriteString(`,oops`)
		}
		fmt.Fprintf(&b, `,"text":"%s"}`+"\n", strings.Repeat("lorem ", r.IntN(40)))
	}
	return b.String()
}

// convertAll returns all bytes of a conversion's output.
func convertAll(t testing.TB, opts Options, sources []Source) ([]byte, *Result) {
	t.Helper()
	sink := &memorySink{}
	result, err := Convert(context.Background(), sources, sink, opts)
	if err != nil {
		t.Fatal(err)
	}
	var all bytes.Buffer
	for _, part := range sink.parts {
		all.Write(part.Bytes())
	}
	if sink.rejects != nil {
		all.Write(sink.rejects.Bytes())
	}
	return all.Bytes(), result
}

// testScale returns the factor by which spans and inputs are smaller in short tests, as with the
// race detector.
func testScale() int {
	if testing.Short() {
		return 16
	}
	return 1
}

func TestOutputDoesNotDependOnParallelism(t *testing.T) {
	scale := testScale()
	var sources []Source
	for i := range 7 {
		sources = append(sources, textSource(fmt.Sprintf("s%d", i), driftingText(uint64(i), 5<<20/scale)))
	}
	sources = append(sources, textSource("z.gz", string(gzipped(t, driftingText(9, 20<<20/scale)))),
		textSource("end", `{"end":1}`))
	for _, opts := range []Options{{}, {TargetPartBytes: 1 << 20 / int64(scale)}} {
		opts.spanScale = int64(scale)
		opts.Parallelism = 1
		want, result := convertAll(t, opts, sources)
		t.Logf("%d passes, %d parts, %+v, %s", result.Passes, len(result.Parts), result.Counts, result.Schema.DDL())
		for _, parallelism := range []int{2, 8} {
			opts.Parallelism = parallelism
			if got, _ := convertAll(t, opts, sources); !bytes.Equal(got, want) {
				t.Errorf("parallelism %d changes the output", parallelism)
			}
		}
		// The output equals that of a conversion that knew the schema from the start.
		opts.Base = result.Schema
		if got, again := convertAll(t, opts, sources); !bytes.Equal(got, want) || again.Passes != 1 {
			t.Errorf("with the schema known, the output is another; %d passes", again.Passes)
		}
		opts.Base = nil
	}
}

// streamOf hides all methods except Read.
type streamOf struct{ io.Reader }

func (streamOf) Close() error { return nil }

func TestASourceThatFailsLeavesNothingBehind(t *testing.T) {
	scale := testScale()
	opts := Options{MaxRejectedPercent: 20, spanScale: int64(scale)}
	good := []Source{textSource("one", driftingText(1, 12<<20/scale)), textSource("two", driftingText(2, 12<<20/scale))}
	want, _ := convertAll(t, opts, good)
	text := driftingText(3, 12<<20/scale) + `{"only_here":1}`
	withSize := func(size int64) Source {
		s := textSource("bad", text)
		s.Size = size
		return s
	}
	stream := func(size int64, text string) Source {
		return Source{URI: "bad", Size: size, Open: func(context.Context) (io.ReadCloser, error) {
			return streamOf{strings.NewReader(text)}, nil
		}}
	}
	compressed := string(gzipped(t, text))
	broken := errors.New("the disk is broken")
	for name, c := range map[string]struct {
		source Source
		err    error
	}{
		"shorter":        {withSize(int64(len(text)) + 1), ErrChanged},
		"longer":         {withSize(int64(len(text)) - 1), ErrChanged},
		"stream shorter": {stream(int64(len(text))+1, text), ErrChanged},
		"stream longer":  {stream(int64(len(text))-1, text), ErrChanged},
		"gzip longer":    {stream(int64(len(compressed))-1, compressed), ErrChanged},
		"gzip truncated": {stream(int64(len(compressed))-100, compressed[:len(compressed)-100]), ErrCorrupt},
		"missing": {Source{URI: "bad", Open: func(context.Context) (io.ReadCloser, error) {
			return nil, fmt.Errorf("opening: %w", ErrMissing)
		}}, ErrMissing},
		"read error": {Source{URI: "bad", Size: -1, Open: func(context.Context) (io.ReadCloser, error) {
			return streamOf{io.MultiReader(strings.NewReader(text), &failingReader{broken})}, nil
		}}, broken},
		"too many rejects": {textSource("bad", text+strings.Repeat("\nno", 100_000)), ErrTooManyRejects},
	} {
		t.Run(name, func(t *testing.T) {
			got, result := convertAll(t, opts, []Source{good[0], c.source, good[1]})
			if err := result.Sources[1].Err; !errors.Is(err, c.err) {
				t.Errorf("the error is %v, want %v", err, c.err)
			}
			if result.Sources[0].Err != nil || result.Sources[2].Err != nil {
				t.Error("a neighbour failed as well")
			}
			if !bytes.Equal(got, want) {
				t.Error("the output is not that of the neighbours alone")
			}
		})
	}
}

type failingReader struct{ err error }

func (f *failingReader) Read([]byte) (int, error) { return 0, f.err }

func TestAcceptRejected(t *testing.T) {
	s := textSource("a", "no\nno\n{\"a\":1}")
	if _, result := convertAll(t, Options{MaxRejectedPercent: 10}, []Source{s}); !errors.Is(result.Sources[0].Err,
		ErrTooManyRejects) {
		t.Errorf("%v", result.Sources[0].Err)
	}
	s.AcceptRejected = true
	if _, result := convertAll(t, Options{MaxRejectedPercent: 10}, []Source{s}); result.Sources[0].Err != nil ||
		result.Rejected != 2 {
		t.Errorf("%+v", result.Sources[0])
	}
}

// TestReadersAgree reads the same text through each kind of reader.
func TestReadersAgree(t *testing.T) {
	text := driftingText(5, 9<<20/testScale())
	want := -1
	for name, source := range map[string]Source{
		"ranges": textSource("s", text),
		"stream": {URI: "s", Size: int64(len(text)), Open: func(context.Context) (io.ReadCloser, error) {
			return streamOf{strings.NewReader(text)}, nil
		}},
		"unknown size": {URI: "s", Size: -1, Open: func(context.Context) (io.ReadCloser, error) {
			return streamOf{strings.NewReader(text)}, nil
		}},
		"gzip": textSource("s", string(gzipped(t, text))),
	} {
		result, rows, _ := convertSources(t, Options{spanScale: int64(testScale())}, []Source{source})
		if want < 0 {
			want = len(rows)
		}
		if len(rows) != want || result.Schema.Column("late") == nil {
			t.Errorf("%s: %d rows, %s", name, len(rows), result.Schema.DDL())
		}
	}
}
