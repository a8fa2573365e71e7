package convert

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

// budgetSource returns a source of content in memory.
func budgetSource(uri string, content []byte) Source {
	return Source{URI: uri, Size: int64(len(content)), Open: func(context.Context) (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(content)), nil
	}}
}

// A gzip bomb and a file of nothing but rejected lines fail alone, within their budgets. A source
// that accepts rejected records has no budgets.
func TestBudgetsFailOneSource(t *testing.T) {
	var bomb bytes.Buffer
	z, _ := gzip.NewWriterLevel(&bomb, gzip.BestSpeed)
	blank := bytes.Repeat([]byte(strings.Repeat(" ", 1023)+"\n"), 1024)
	for range 64 {
		if _, err := z.Write(blank); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	numbers := bytes.Repeat([]byte("1\n"), 200_000)
	good := []byte(strings.Repeat("{\"a\":1}\n", 1000))
	tests := []struct {
		name string
		bad  []byte
		opts Options
		want error
	}{
		{"ratio", bomb.Bytes(), Options{MaxDecompressionRatio: 100}, ErrTooLargeDecompressed},
		{"decompressed bytes", bomb.Bytes(), Options{MaxDecompressedBytes: 1 << 20}, ErrTooLargeDecompressed},
		{"rejected bytes", numbers, Options{MaxRejectedBytes: 1 << 20}, ErrTooManyRejects},
		{"time", numbers, Options{MaxSourceTime: time.Nanosecond}, ErrTooSlow},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for _, accepted := range []bool{false, true} {
				bad := budgetSource("bad.ndjson", test.bad)
				bad.AcceptRejected = accepted
				neighbour := budgetSource("good.ndjson", good)
				neighbour.AcceptRejected = true // it takes longer than a nanosecond, too
				sink := &budgetSink{}
				result, err := Convert(t.Context(), []Source{neighbour, bad, neighbour}, sink, test.opts)
				if err != nil {
					t.Fatal(err)
				}
				if err := result.Sources[1].Err; accepted != (err == nil) || !accepted && !errors.Is(err, test.want) {
					t.Errorf("accepted %t: %v", accepted, err)
				}
				if result.Rows != 2000 {
					t.Errorf("accepted %t: %d rows", accepted, result.Rows)
				}
				if !accepted && sink.rejects.Len() > 0 {
					t.Errorf("%d bytes of rejected records were kept", sink.rejects.Len())
				}
			}
		})
	}
}

// The budget for rejected bytes is that of the whole source, and of the pass that counts: a source
// below it is not refused because spans were processed again with another schema.
func TestBudgetCountsEachRejectedRecordOnce(t *testing.T) {
	content := []byte(strings.Repeat("1\n", 1000) + "{\"a\":1}\n" + strings.Repeat("{\"a\":1.5}\n", 1000) +
		"{\"b\":[{}]}\n")
	opts := Options{spanScale: 1 << 14}
	size := func() int64 {
		sink := &budgetSink{}
		if _, err := Convert(t.Context(), []Source{budgetSource("a.ndjson", content)}, sink, opts); err != nil {
			t.Fatal(err)
		}
		return int64(sink.rejects.Len())
	}()
	opts.MaxRejectedBytes = size
	sink := &budgetSink{}
	result, err := Convert(t.Context(), []Source{budgetSource("a.ndjson", content)}, sink, opts)
	if err != nil || result.Sources[0].Err != nil || result.Rejected != 1000 {
		t.Errorf("%+v, %v", result, err)
	}
}

// A budgetSink keeps the rejected records.
type budgetSink struct{ rejects bytes.Buffer }

type discardCloser struct{ io.Writer }

func (discardCloser) Close() error { return nil }

func (s *budgetSink) Part(int) (io.WriteCloser, error) { return discardCloser{io.Discard}, nil }

func (s *budgetSink) Rejects() (io.WriteCloser, error) { return discardCloser{&s.rejects}, nil }

func (s *budgetSink) Reset() error {
	s.rejects.Reset()
	return nil
}
