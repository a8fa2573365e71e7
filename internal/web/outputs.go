package web

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/parquet-go/parquet-go"

	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/inspect"
	"ndjson-parquet/internal/objectstore"
	"ndjson-parquet/internal/pipeline"
)

// outputs reads published and rejected data for pages. What it has read of an object it keeps,
// since objects under these keys change only when a batch is converted again.
type outputs struct {
	view *home.View

	mu      sync.Mutex
	known   map[string]inspect.Description // by key and checksum
	rescues map[string][]rescuedColumn
	rejects map[pipeline.BatchID][]rejectedLine
}

// mostKnown bounds each of the maps.
const mostKnown = 500

func newOutputs(v *home.View) *outputs {
	return &outputs{
		view: v, known: map[string]inspect.Description{}, rescues: map[string][]rescuedColumn{},
		rejects: map[pipeline.BatchID][]rejectedLine{},
	}
}

// A rejectedLine is a record of a batch's rejected lines.
type rejectedLine struct {
	File      string `json:"file"`
	Line      int64  `json:"line"`
	Reason    string `json:"reason"`
	Detail    string `json:"detail"`
	Raw       string `json:"raw"`
	RawBase64 string `json:"raw_base64"`
}

// Text is the line, shortened.
func (l rejectedLine) Text() string {
	if l.Raw == "" && l.RawBase64 != "" {
		return "(base64) " + short(160, l.RawBase64)
	}
	return short(160, l.Raw)
}

// readRejected bounds the bytes that are read of a batch's rejected records.
const readRejected = 256 << 10

// rejected returns the first rejected lines of a batch; none if they cannot be read.
func (o *outputs) rejected(ctx context.Context, id pipeline.BatchID, most int) []rejectedLine {
	o.mu.Lock()
	lines, ok := o.rejects[id]
	o.mu.Unlock()
	if !ok {
		r, err := o.view.Quarantine.Open(ctx, objectstore.Object{Key: pipeline.RejectedKey(id)})
		if err != nil {
			return nil
		}
		defer func() { _ = r.Close() }()
		scanner := bufio.NewScanner(io.LimitReader(r, readRejected))
		scanner.Buffer(nil, readRejected)
		for scanner.Scan() {
			var l rejectedLine
			if json.Unmarshal(scanner.Bytes(), &l) == nil {
				lines = append(lines, l)
			}
		}
		o.mu.Lock()
		if len(o.rejects) < mostKnown {
			o.rejects[id] = lines
		}
		o.mu.Unlock()
	}
	return lines[:min(most, len(lines))]
}

// rejectedOf returns rejected lines of one file.
func (o *outputs) rejectedOf(ctx context.Context, f pipeline.File, most int) []rejectedLine {
	var own []rejectedLine
	for _, l := range o.rejected(ctx, f.BatchID, 10_000) {
		if l.File == f.Path && len(own) < most {
			own = append(own, l)
		}
	}
	return own
}

// describe returns what an output's footer says.
func (o *outputs) describe(ctx context.Context, out pipeline.Output) (inspect.Description, error) {
	id := out.Key + out.SHA256
	o.mu.Lock()
	d, ok := o.known[id]
	o.mu.Unlock()
	if ok {
		return d, nil
	}
	err := o.open(ctx, out.Key, func(r io.ReaderAt, size int64) (err error) {
		d, err = inspect.Describe(r, size)
		return err
	})
	if err == nil {
		o.mu.Lock()
		if len(o.known) < mostKnown {
			o.known[id] = d
		}
		o.mu.Unlock()
	}
	return d, err
}

// head returns the first rows of an output as JSON texts by column.
func (o *outputs) head(ctx context.Context, key string, n int) (columns []string, rows [][]string, err error) {
	err = o.open(ctx, key, func(r io.ReaderAt, size int64) error {
		d, err := inspect.Describe(r, size)
		if err != nil {
			return err
		}
		for _, c := range d.Columns {
			name, _, _ := strings.Cut(c.Path, ".")
			if !slices.Contains(columns, name) {
				columns = append(columns, name)
			}
		}
		return inspect.Head(r, size, n, func(row map[string]any) error {
			cells := make([]string, len(columns))
			for i, c := range columns {
				cells[i] = cell(row[c])
			}
			rows = append(rows, cells)
			return nil
		})
	})
	return columns, rows, err
}

// cell is a value as a table shows it.
func cell(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	text, err := json.Marshal(v)
	if err != nil {
		return "?"
	}
	return string(text)
}

func (o *outputs) open(ctx context.Context, key string, read func(io.ReaderAt, int64) error) error {
	r, err := o.view.Output.Open(ctx, objectstore.Object{Key: key})
	if err != nil {
		return err
	}
	return errors.Join(read(r, r.Object().Size), r.Close())
}

// A rescuedColumn counts the values of one column, or of one field, that did not fit.
type rescuedColumn struct {
	Pointer string // RFC 6901
	Count   int64
	Example string
}

// rescued counts the rescued values of an output by column.
func (o *outputs) rescued(ctx context.Context, out pipeline.Output) ([]rescuedColumn, error) {
	id := out.Key + out.SHA256
	o.mu.Lock()
	columns, ok := o.rescues[id]
	o.mu.Unlock()
	if ok {
		return columns, nil
	}
	counts := map[string]*rescuedColumn{}
	err := o.open(ctx, out.Key, func(r io.ReaderAt, size int64) error { return readRescued(r, size, counts) })
	if err != nil {
		return nil, err
	}
	for _, c := range counts {
		columns = append(columns, *c)
	}
	o.mu.Lock()
	if len(o.rescues) < mostKnown {
		o.rescues[id] = columns
	}
	o.mu.Unlock()
	return columns, nil
}

// mostRescued bounds the rescued rows that are read of one output.
const mostRescued = 50_000

// readRescued reads only the column _rescued_data.
func readRescued(r io.ReaderAt, size int64, counts map[string]*rescuedColumn) error {
	f, err := parquet.OpenFile(r, size, parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return err
	}
	leaf, ok := f.Schema().Lookup("_rescued_data")
	if !ok {
		return nil
	}
	read := 0
	values := make([]parquet.Value, 256)
	for _, group := range f.RowGroups() {
		pages := group.ColumnChunks()[leaf.ColumnIndex].Pages()
		for read < mostRescued {
			page, err := pages.ReadPage()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return errors.Join(err, pages.Close())
			}
			reader := page.Values()
			for {
				n, err := reader.ReadValues(values)
				for _, v := range values[:n] {
					if !v.IsNull() {
						read++
						countRescued(v.ByteArray(), counts)
					}
				}
				if err != nil {
					break
				}
			}
			parquet.Release(page)
		}
		if err := pages.Close(); err != nil {
			return err
		}
	}
	return nil
}

// countRescued adds the entries of one row's _rescued_data. Numbers in a pointer are positions in
// lists, all of which count as one column.
func countRescued(text []byte, counts map[string]*rescuedColumn) {
	var entries map[string]json.RawMessage
	if json.Unmarshal(text, &entries) != nil {
		return
	}
	for pointer, value := range entries {
		parts := strings.Split(pointer, "/")
		for i, p := range parts {
			if p != "" && strings.Trim(p, "0123456789") == "" {
				parts[i] = "*"
			}
		}
		pointer = strings.Join(parts, "/")
		if counts[pointer] == nil {
			counts[pointer] = &rescuedColumn{Pointer: pointer, Example: short(120, string(value))}
		}
		counts[pointer].Count++
	}
}
