package convert

import (
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"time"

	"ndjson-parquet/convert/internal/infer"
	"ndjson-parquet/convert/internal/parquetfile"
	"ndjson-parquet/convert/internal/parquetschema"
	"ndjson-parquet/convert/internal/scan"
	"ndjson-parquet/convert/internal/source"
	"ndjson-parquet/convert/schema"
)

// A spanResult is what a worker has made of a span.
type spanResult struct {
	span     *span
	schema   *schema.Schema                          // of the encoded columns
	evidence *infer.Evidence                         // of the span's records
	columns  map[string][]*parquetfile.EncodedColumn // by the name of the top-level column
	counts   []Counts                                // by segment
	lines    []int64                                 // by segment: line ends, whatever the lines hold
	rejects  rejectLog
	oddities oddityLog
	misfits  []*scan.Misfit
	failed   map[int]error // by source
	spent    map[int]int64 // by source, of the budget for rejected bytes
	rows     int
	bytes    int // of the encoded columns
}

// fits reports whether the result is what the span would have become with schema s: the columns
// that have values have the same types.
func (r *spanResult) fits(s *schema.Schema) bool { return r.evidence.SameLayout(r.schema, s) }

// beyond reports whether the result has columns that s lacks.
func (r *spanResult) beyond(s *schema.Schema) bool {
	found := 0
	for i := range s.Columns {
		if r.columns[s.Columns[i].Name] != nil {
			found++
		}
	}
	for _, name := range systemColumns {
		if r.columns[name] != nil {
			found++
		}
	}
	return found < len(r.columns)
}

// keep adds an encoded column.
func (r *spanResult) keep(name string, c *parquetfile.EncodedColumn) {
	if r.columns == nil {
		r.columns = map[string][]*parquetfile.EncodedColumn{}
	}
	r.columns[name] = append(r.columns[name], c)
	r.bytes += c.Size()
}

// discard releases the memory of the columns and rejected records.
func (r *spanResult) discard() {
	for _, encoded := range r.columns {
		for _, c := range encoded {
			c.Release()
		}
	}
	r.columns = nil
	r.bytes = 0
	r.rejects.discard()
}

// A worker processes spans, one at a time. It keeps buffers from one span to the next.
type worker struct {
	opts     *Options
	encoding parquetfile.EncoderOptions
	sources  []Source
	report   func(bytes int) // of progress
	budget   *budget

	buf      []byte // for ranges
	recorder *scan.Recorder
	encoders map[string]*parquetfile.ColumnEncoder // the unused ones, by path
	expected int                                   // rows of the span
}

// recorderFor returns a recorder for the columns: the last one if it can be used again.
func (w *worker) recorderFor(columns *schema.Schema, frozen bool) *scan.Recorder {
	if r := w.recorder; r == nil || !r.Suits(columns, frozen) {
		w.recorder = scan.NewRecorder(columns, w.opts.Base, w.opts.limits(), frozen)
	} else {
		r.Reset()
	}
	return w.recorder
}

// Encoder implements scan.Encoders.
func (w *worker) Encoder(leaf parquetfile.Leaf) *parquetfile.ColumnEncoder {
	path := strings.Join(leaf.Path, "\x00")
	e := w.encoders[path]
	if e == nil {
		e = parquetfile.NewColumnEncoder(leaf, w.encoding)
	} else {
		delete(w.encoders, path)
		e.Reset(leaf)
	}
	e.Expect(w.expected)
	return e
}

// Finish implements scan.Encoders.
func (w *worker) Finish(e *parquetfile.ColumnEncoder) *parquetfile.EncodedColumn {
	c := e.Finish()
	if w.encoders == nil {
		w.encoders = map[string]*parquetfile.ColumnEncoder{}
	}
	w.encoders[strings.Join(c.Leaf.Path, "\x00")] = e
	return c
}

// process scans and encodes a span. columns are the columns to expect; unless frozen is set, others
// are added where that is possible.
func (w *worker) process(s *span, columns *schema.Schema, frozen bool) *spanResult {
	rec := w.recorderFor(columns, frozen)
	result := &spanResult{span: s, evidence: rec.Evidence, counts: make([]Counts, len(s.segments)),
		lines: make([]int64, len(s.segments)), rejects: rejectLog{create: w.opts.Scratch}, failed: map[int]error{}}
	w.expected = 0
	var timestamps, uris *parquetfile.ColumnEncoder
	if w.opts.systemColumns() {
		timestamps, uris = w.Encoder(parquetschema.ProcessingTimestamp), w.Encoder(parquetschema.SourceFile)
	}
	for i := range s.segments {
		rows, err := w.record(result, i)
		if err != nil {
			result.failed[s.segments[i].source] = err
		}
		if rows > 0 && uris != nil {
			uri := w.sources[s.segments[i].source].URI
			uris.AppendConstant(scan.AppendBytes(nil, []byte(uri)), rows)
		}
	}
	if result.rows > 0 && timestamps != nil {
		micros := binary.LittleEndian.AppendUint64(nil, uint64(w.opts.ProcessingTime.UnixMicro()))
		timestamps.AppendConstant(micros, result.rows)
	}
	result.schema = rec.Schema()
	result.misfits = rec.Misfits()
	rec.Finish(w, result.keep)
	if uris != nil && result.rows > 0 {
		result.keep(schema.ColumnProcessingTimestamp, w.Finish(timestamps))
		result.keep(schema.ColumnSourceFile, w.Finish(uris))
	}
	return result
}

// record records segment i of the result's span and returns the number of its rows. An error is one
// of the source, which may have rows nevertheless.
func (w *worker) record(result *spanResult, i int) (rows int, err error) {
	next := w.blocks(&result.span.segments[i])
	source := result.span.segments[i].source
	lines := lineCounter{recorder: w.recorder, counts: &result.counts[i], lines: &result.lines[i],
		log: &result.rejects, oddities: &result.oddities, segment: i, maxRecord: w.opts.MaxRecordBytes,
		documents: w.opts.records != nil}
	for {
		b, err := next()
		if errors.Is(err, io.EOF) {
			lines.note(result.span.segments[i].notes)
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		start, rejected := time.Now(), result.rejects.size
		lines.record(b)
		if err := w.budget.spend(result, source, result.rejects.size-rejected, time.Since(start)); err != nil {
			return rows, err
		}
		n := w.recorder.Rows()
		rows += n
		result.rows += n
		if w.expected == 0 && len(b.Data) > 0 {
			// The rest is assumed to be like the first block.
			w.expected = int(float64(n) * float64(result.span.bytes()) / float64(len(b.Data)))
		}
		w.recorder.Flush(w)
	}
}

// blocks returns a function that returns the blocks of a segment, and then io.EOF or the error of
// the source.
func (w *worker) blocks(g *segment) func() (source.Block, error) {
	if g.in == nil {
		i := 0
		return func() (source.Block, error) {
			if i < len(g.blocks) {
				i++
				return g.blocks[i-1], nil
			}
			if g.err != nil {
				return source.Block{}, g.err
			}
			return source.Block{}, io.EOF
		}
	}
	l := g.in.Lines(g.start, g.end, w.opts.lineLimits(), w.buf, w.report)
	return func() (source.Block, error) {
		b, err := l.Next()
		w.buf = l.Buffer()
		return b, err
	}
}
