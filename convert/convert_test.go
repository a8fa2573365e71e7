package convert

import (
	"bytes"
	"context"
	"io"
	"testing"

	"github.com/parquet-go/parquet-go"
)

// A memorySink keeps the output in memory.
type memorySink struct {
	parts   []*bytes.Buffer
	rejects *bytes.Buffer
	resets  int
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

func (m *memorySink) Part(n int) (io.WriteCloser, error) {
	m.parts = append(m.parts, new(bytes.Buffer))
	return nopCloser{m.parts[n]}, nil
}

func (m *memorySink) Rejects() (io.WriteCloser, error) {
	m.rejects = new(bytes.Buffer)
	return nopCloser{m.rejects}, nil
}

func (m *memorySink) Reset() error {
	m.parts, m.rejects = nil, nil
	m.resets++
	return nil
}

type rangeSource struct{ *bytes.Reader }

func (rangeSource) Close() error { return nil }

// textSource is a source that can be read at any position.
func textSource(uri, text string) Source {
	return Source{URI: uri, Size: int64(len(text)), Open: func(context.Context) (io.ReadCloser, error) {
		return rangeSource{bytes.NewReader([]byte(text))}, nil
	}}
}

func TestSmoke(t *testing.T) {
	sink := &memorySink{}
	r, err := Convert(context.Background(), []Source{textSource("a", `{"id":1,"name":"x","tags":["a","b"],"u":{"k":1.5}}
{"id":2,"name":null,"tags":[],"u":{"k":2,"z":true}}
{"id":"x","late":7}
nope
`)}, sink, Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Log(r.Schema.DDL(), r.Counts, sink.rejects)
	f, err := parquet.OpenFile(bytes.NewReader(sink.parts[0].Bytes()), int64(sink.parts[0].Len()))
	if err != nil {
		t.Fatal(err)
	}
	t.Log(f.Schema())
	rows := parquet.NewReader(f)
	for {
		m := map[string]any{}
		if err := rows.Read(&m); err != nil {
			break
		}
		t.Log(m)
	}
}
