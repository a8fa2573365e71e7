package convert_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log"
	"os"
	"path/filepath"
	"strings"

	"ndjson-parquet/convert"
	"ndjson-parquet/convert/schema"
)

// From any reader to any writer.
func ExampleConvertReader() {
	input := strings.NewReader(`{"id": 1, "name": "Ada", "tags": ["x", "y"]}
{"id": 2, "name": "Grace", "score": 9.5}
{"id": "three"}
this is not JSON
`)
	var output, rejected bytes.Buffer
	result, err := convert.ConvertReader(context.Background(), &output, input, &rejected, convert.Options{})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Schema.DDL())
	fmt.Println(result.Rows, "rows,", result.Rescued, "value rescued,", result.Rejected, "line rejected")
	text, detail, _ := strings.Cut(rejected.String(), `,"detail":`)
	fmt.Println(text)
	fmt.Print(detail)
	// Output:
	// id bigint, name string, tags array<string>, score double
	// 3 rows, 1 value rescued, 1 line rejected
	// {"file":"-","line":4,"offset":102,"length":16,"reason":"not-json"
	// "unexpected character 'h' in a literal at byte 1","raw":"this is not JSON"}
}

// A file is an io.ReaderAt: its parts are read and converted in parallel.
func ExampleConvertReader_file() {
	directory, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(directory)
	name := filepath.Join(directory, "events.ndjson")
	if err := os.WriteFile(name, []byte(`{"at":"2025-01-17T14:31:00Z","price":"12.50"}`), 0o600); err != nil {
		log.Fatal(err)
	}
	file, err := os.Open(name)
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()

	// Timestamps, dates, decimals and maps are never guessed, but can be declared.
	base, err := schema.ParseDDL("at timestamp, price decimal(10,2)")
	if err != nil {
		log.Fatal(err)
	}
	result, err := convert.ConvertReader(context.Background(), io.Discard, file, nil, convert.Options{Base: base})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Rows, "row of", result.Schema.DDL())
	// Output: 1 row of at timestamp, price decimal(10,2)
}

// directorySink writes the parts of a conversion to a directory.
type directorySink string

func (d directorySink) Part(n int) (io.WriteCloser, error) {
	return os.Create(filepath.Join(string(d), fmt.Sprintf("part-%05d.parquet", n)))
}

func (d directorySink) Rejects() (io.WriteCloser, error) {
	return os.Create(filepath.Join(string(d), "rejected.ndjson"))
}

// Reset needs to do nothing here: files are written again from their start.
func (d directorySink) Reset() error { return nil }

// Several sources, a sink of one's own.
func ExampleConvert() {
	directory, err := os.MkdirTemp("", "")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(directory)

	text := func(name, content string) convert.Source {
		return convert.Source{URI: name, Size: int64(len(content)), Open: func(context.Context) (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader(content)), nil
		}}
	}
	sources := []convert.Source{text("monday", `{"n":1}`), text("tuesday", `{"n":2.5}`)}
	result, err := convert.Convert(context.Background(), sources, directorySink(directory),
		convert.Options{Compression: convert.Zstd})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Schema.DDL(), "from", len(result.Sources), "sources in", len(result.Parts), "part")
	// Output: n double from 2 sources in 1 part
}
