package convert

import (
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"

	"ndjson-parquet/convert/internal/parquetfile"
)

// A result of a span is what a worker made of it.
type spanResult struct {
	span     *span
	schema   *Schema                                 // the columns as they were encoded, and as they were added
	evidence *evidence                               // what the span's records tell
	columns  map[string][]*parquetfile.EncodedColumn // by top-level name
	tallies  []Totals                                // by segment
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
	recorder *recorder
	encoders map[string]*parquetfile.ColumnEncoder // idle ones, by path
	expected int                                   // rows of the span
}

// newRecorder returns a recorder for the schema, the last one if it still has the right columns.
func (w *worker) newRecorder(s *Schema, frozen bool) *recorder {
	if r := w.recorder; r == nil || r.given != s || r.frozen != frozen || r.extended {
		w.recorder = newRecorder(s, w.opts, frozen)
	} else {
		r.reset(w.opts)
	}
	return w.recorder
}

// encoder takes an encoder for the leaf.
func (w *worker) encoder(leaf parquetfile.Leaf) *parquetfile.ColumnEncoder {
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

// finish closes an encoder's column and keeps the encoder.
func (w *worker) finish(e *parquetfile.ColumnEncoder) *parquetfile.EncodedColumn {
	c := e.Finish()
	if w.encoders == nil {
		w.encoders = map[string]*parquetfile.ColumnEncoder{}
	}
	w.encoders[strings.Join(c.Leaf.Path, "\x00")] = e
	return c
}

// process scans and encodes a span under a schema.
func (w *worker) process(s *span, schema *Schema, frozen bool) *spanResult {
	rec := w.newRecorder(schema, frozen)
	result := &spanResult{span: s, evidence: rec.evidence, tallies: make([]Totals, len(s.segments)), failed: map[int]error{}}
	e := spanEncoder{recorder: rec, worker: w}
	w.expected = 0
	var timestamps, uris *parquetfile.ColumnEncoder
	if w.opts.systemColumns() {
		timestamps, uris = w.encoder(timestampLeaf), w.encoder(sourceLeaf)
	}
	for i := range s.segments {
		g := &s.segments[i]
		before := result.rows
		next := w.blocks(g)
		lines := lineTaker{recorder: rec, tally: &result.tallies[i], log: &result.rejects, segment: i, maxLine: w.opts.MaxRecordBytes}
		for {
			b, err := next()
			if err != nil {
				if !errors.Is(err, io.EOF) {
					result.failed[g.source] = err
				}
				break
			}
			lines.take(b)
			result.rows += rec.row
			if w.expected == 0 && len(b.data) > 0 {
				w.expected = int(float64(rec.row) * float64(s.bytes()) / float64(len(b.data))) // the rest is like the first block
			}
			e.flush()
		}
		if n := result.rows - before; n > 0 && uris != nil {
			uris.AppendConstant(appendBytes(nil, []byte(w.sources[g.source].URI)), n)
		}
	}
	if result.rows > 0 && timestamps != nil {
		micros := binary.LittleEndian.AppendUint64(nil, uint64(w.opts.ProcessingTime.UnixMicro()))
		timestamps.AppendConstant(micros, result.rows)
	}
	rec.root.count()
	result.schema = rec.schema()
	e.finish(result)
	if uris != nil && result.rows > 0 {
		result.keep(ColumnProcessingTimestamp, w.finish(timestamps))
		result.keep(ColumnSourceFile, w.finish(uris))
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

// blocks returns the function that yields a segment's blocks.
func (w *worker) blocks(g *segment) func() (block, error) {
	if g.in == nil {
		i := 0
		return func() (block, error) {
			if i < len(g.blocks) {
				i++
				return g.blocks[i-1], nil
			}
			if g.err != nil {
				return block{}, g.err
			}
			return block{}, io.EOF
		}
	}
	r := &rangeReader{in: g.in, at: g.start, progress: w.progress}
	l := &lineReader{read: r.Read, maxLine: w.opts.MaxRecordBytes, offset: g.start, end: g.end, buf: w.buf}
	if g.start > 0 {
		l.skip = true
		l.offset--
		r.at--
	}
	wholeSource := g.end == g.in.size
	return func() (block, error) {
		b, err := l.next()
		w.buf = l.buf
		if errors.Is(err, io.EOF) && wholeSource {
			if _, atEnd := (&rangeReader{in: g.in, at: g.in.size, progress: w.progress}).Read(nil); !errors.Is(atEnd, io.EOF) {
				return block{}, atEnd
			}
		}
		return b, err
	}
}

// The columns that the system adds.
var (
	timestampLeaf = parquetfile.Leaf{Path: []string{ColumnProcessingTimestamp}, Physical: parquetfile.Int64,
		Logical: parquetfile.LogicalType{Kind: parquetfile.TimestampMicros}, MaxDef: 1}
	sourceLeaf = parquetfile.Leaf{Path: []string{ColumnSourceFile}, Physical: parquetfile.ByteArray,
		Logical: parquetfile.LogicalType{Kind: parquetfile.StringUTF8}, MaxDef: 1}
)

// A lineTaker takes the lines of one segment.
type lineTaker struct {
	recorder *recorder
	tally    *Totals
	log      *rejectLog
	segment  int
	maxLine  int
}

// take takes in the lines of a block.
func (t *lineTaker) take(b block) {
	r := t.recorder
	if b.skipped > 0 {
		t.tally.Lines++
		t.reject(b.offset, b.skipped, tooLong(b.skipped, t.maxLine), b.data)
		return
	}
	data := b.data
	r.buf = data[:len(data)+slack]
	start := 0
	if b.offset == 0 && len(data) >= 3 && string(data[:3]) == "\xEF\xBB\xBF" {
		start = 3 // a byte order mark
	}
	for start < len(data) {
		i := r.space(start)
		t.tally.Lines++
		if data[i] == '\n' {
			t.tally.Blank++
			start = i + 1
			continue
		}
		end, rejected := r.take(start, i, t.maxLine)
		if rejected != nil {
			t.reject(b.offset+int64(start), int64(end-start), rejected, data[start:end])
		} else {
			t.tally.Rows++
			t.tally.Rescued += int64(r.rescue.count)
		}
		start = end + 1
	}
}

func (t *lineTaker) reject(offset, length int64, r *rejection, raw []byte) {
	t.tally.Rejected++
	t.log.add(t.segment, t.tally.Lines, offset, length, r, raw)
}

// A spanEncoder hands a recorder's columns to their encoders.
type spanEncoder struct {
	recorder *recorder
	worker   *worker
}

// flush hands over the rows of the current block.
func (e *spanEncoder) flush() {
	r := e.recorder
	for _, c := range r.root.leaves {
		c.flush(r.row, e.worker.encoder)
	}
	r.rescued.flush(r.row, e.worker.encoder)
	r.before += r.row
	r.row = 0
}

// finish collects the encoded columns. A top-level column without any value is left out: the file's writer fills it in,
// and so it makes no difference when the column became known.
func (e *spanEncoder) finish(result *spanResult) {
	r := e.recorder
	for _, f := range r.root.fields.all {
		if f.values() == 0 {
			continue
		}
		for _, c := range f.leaves {
			result.keep(f.name, e.finishColumn(c))
		}
		slices.SortFunc(result.columns[f.name], func(a, b *parquetfile.EncodedColumn) int {
			return slices.Compare(a.Leaf.Path, b.Leaf.Path)
		})
	}
	if r.rescued.flushed > 0 {
		result.keep(ColumnRescuedData, e.finishColumn(r.rescued))
	}
}

func (e *spanEncoder) finishColumn(c *column) *parquetfile.EncodedColumn {
	if c.encoder == nil {
		c.encoder = e.worker.encoder(c.leaf)
	}
	if c.pending > 0 {
		c.encoder.AppendNulls(c.pending)
		c.pending = 0
	}
	encoded := e.worker.finish(c.encoder)
	c.encoder = nil
	return encoded
}

// values is the number of values other than null that went into n.
func (n *node) values() int64 {
	if n.column != nil {
		return n.column.flushed
	}
	return n.present.n
}

// schema returns the schema of the columns, those added included.
func (r *recorder) schema() *Schema {
	s := &Schema{}
	for _, f := range r.root.fields.all {
		if f.typ != nil {
			s.Columns = append(s.Columns, Field{f.name, *f.typ})
		}
	}
	return s
}
