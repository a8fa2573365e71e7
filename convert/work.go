package convert

import (
	"encoding/binary"
	"errors"
	"io"
	"strings"

	"ndjson-parquet/convert/internal/infer"
	"ndjson-parquet/convert/internal/parquetfile"
	"ndjson-parquet/convert/internal/parquetschema"
	"ndjson-parquet/convert/internal/scan"
	"ndjson-parquet/convert/internal/source"
	"ndjson-parquet/convert/schema"
)

// A result of a span is what a worker made of it.
type spanResult struct {
	span     *span
	schema   *schema.Schema                          // the columns as they were encoded, and as they were added
	evidence *infer.Evidence                         // what the span's records tell
	columns  map[string][]*parquetfile.EncodedColumn // by top-level name
	counts   []Counts                                // by segment
	rejects  rejectLog
	failed   map[int]error // by source
	rows     int
	bytes    int // encoded
}

// discard gives the memory back.
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

// A worker turns spans into results, one at a time.
type worker struct {
	opts     *Options
	encoding parquetfile.EncoderOptions
	sources  []Source
	progress func(int)

	// Kept from one span to the next.
	buf      []byte // for ranges
	recorder *scan.Recorder
	encoders map[string]*parquetfile.ColumnEncoder // idle ones, by path
	expected int                                   // rows of the span
}

// newRecorder returns a recorder for the schema, the last one if it still has the right columns.
func (w *worker) newRecorder(s *schema.Schema, frozen bool) *scan.Recorder {
	if r := w.recorder; r == nil || !r.Suits(s, frozen) {
		w.recorder = scan.NewRecorder(s, scan.Limits{Depth: w.opts.MaxDepth, Columns: w.opts.MaxColumns, LineBytes: w.opts.MaxRecordBytes}, frozen)
	} else {
		r.Reset()
	}
	return w.recorder
}

// Encoder takes an encoder for the leaf.
func (w *worker) Encoder(leaf parquetfile.Leaf) *parquetfile.ColumnEncoder {
	key := strings.Join(leaf.Path, "\x00")
	e := w.encoders[key]
	if e == nil {
		e = parquetfile.NewColumnEncoder(leaf, w.encoding)
	} else {
		delete(w.encoders, key)
		e.Reset(leaf)
	}
	e.Expect(w.expected)
	return e
}

// Finish closes an encoder's column and keeps the encoder.
func (w *worker) Finish(e *parquetfile.ColumnEncoder) *parquetfile.EncodedColumn {
	c := e.Finish()
	if w.encoders == nil {
		w.encoders = map[string]*parquetfile.ColumnEncoder{}
	}
	w.encoders[strings.Join(c.Leaf.Path, "\x00")] = e
	return c
}

// process scans and encodes a span under a schema.
func (w *worker) process(s *span, columns *schema.Schema, frozen bool) *spanResult {
	rec := w.newRecorder(columns, frozen)
	result := &spanResult{span: s, evidence: rec.Evidence, counts: make([]Counts, len(s.segments)), failed: map[int]error{}}
	w.expected = 0
	var timestamps, uris *parquetfile.ColumnEncoder
	if w.opts.systemColumns() {
		timestamps, uris = w.Encoder(parquetschema.ProcessingTimestamp), w.Encoder(parquetschema.SourceFile)
	}
	for i := range s.segments {
		g := &s.segments[i]
		before := result.rows
		next := w.lines(g)
		lines := lineTaker{recorder: rec, counts: &result.counts[i], log: &result.rejects, segment: i, maxLine: w.opts.MaxRecordBytes}
		for {
			b, err := next()
			if err != nil {
				if !errors.Is(err, io.EOF) {
					result.failed[g.source] = err
				}
				break
			}
			lines.take(b)
			rows := rec.Rows()
			result.rows += rows
			if w.expected == 0 && len(b.Data) > 0 {
				w.expected = int(float64(rows) * float64(s.bytes()) / float64(len(b.Data))) // the rest is like the first block
			}
			rec.Flush(w)
		}
		if n := result.rows - before; n > 0 && uris != nil {
			uris.AppendConstant(scan.AppendBytes(nil, []byte(w.sources[g.source].URI)), n)
		}
	}
	if result.rows > 0 && timestamps != nil {
		micros := binary.LittleEndian.AppendUint64(nil, uint64(w.opts.ProcessingTime.UnixMicro()))
		timestamps.AppendConstant(micros, result.rows)
	}
	result.schema = rec.Schema()
	rec.Finish(w, result.keep)
	if uris != nil && result.rows > 0 {
		result.keep(schema.ColumnProcessingTimestamp, w.Finish(timestamps))
		result.keep(schema.ColumnSourceFile, w.Finish(uris))
	}
	return result
}

func (r *spanResult) keep(name string, c *parquetfile.EncodedColumn) {
	if r.columns == nil {
		r.columns = map[string][]*parquetfile.EncodedColumn{}
	}
	r.columns[name] = append(r.columns[name], c)
	r.bytes += c.Size()
}

// lines returns the function that yields a segment's blocks.
func (w *worker) lines(g *segment) func() (source.Block, error) {
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
	l := g.in.Lines(g.start, g.end, w.opts.MaxRecordBytes, w.buf, w.progress)
	return func() (source.Block, error) {
		b, err := l.Next()
		w.buf = l.Buffer()
		return b, err
	}
}

// A lineTaker records the lines of one segment and counts them.
type lineTaker struct {
	recorder *scan.Recorder
	counts   *Counts
	log      *rejectLog
	segment  int
	maxLine  int
}

// take records the lines of a block.
func (t *lineTaker) take(b source.Block) {
	if b.Skipped > 0 {
		t.counts.Lines++
		t.reject(b.Offset, b.Skipped, scan.TooLong(b.Skipped, t.maxLine), b.Data)
		return
	}
	t.recorder.SetLines(b.Data)
	start := 0
	if b.Offset == 0 && len(b.Data) >= 3 && string(b.Data[:3]) == "\xEF\xBB\xBF" {
		start = 3 // a byte order mark
	}
	for start < len(b.Data) {
		line := t.recorder.TakeLine(start)
		t.counts.Lines++
		switch {
		case line.Blank:
			t.counts.Blank++
		case line.Rejected != nil:
			t.reject(b.Offset+int64(start), int64(line.End-start), line.Rejected, b.Data[start:line.End])
		default:
			t.counts.Rows++
			t.counts.Rescued += int64(line.Rescued)
		}
		start = line.End + 1
	}
}

func (t *lineTaker) reject(offset, length int64, r *scan.Rejection, raw []byte) {
	t.counts.Rejected++
	t.log.add(t.segment, t.counts.Lines, offset, length, r, raw)
}
