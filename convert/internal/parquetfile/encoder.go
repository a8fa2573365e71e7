package parquetfile

import (
	"cmp"
	"encoding/binary"
	"errors"
	"math"
	"slices"
)

// Defaults of EncoderOptions.
const (
	defaultPageRows        = 20_000
	defaultPageBytes       = 256 << 10
	defaultDictionaryBytes = 1 << 20
	defaultExpectedRows    = 100_000
	maxDictionaryValues    = 1 << 16
)

// EncoderOptions configure an encoder. The zero value means uncompressed pages of the default size.
type EncoderOptions struct {
	// Codec is the codec of all pages. It must be the same for a whole file: some readers, such as
	// parquet-go, apply the codec of a column's first chunk to all of its chunks.
	Codec Codec
	// PageRows and PageBytes are the size of a data page, in rows (default 20,000) and in bytes of
	// values and levels before encoding (default 256 KiB). The first that is reached ends the page.
	// One row can make a page larger.
	PageRows, PageBytes int
	// DictionaryBytes limits the size of a dictionary page in bytes before compression (default 1
	// MiB).
	DictionaryBytes int
	// ExpectedRows is about how many rows a row group will have (default 100,000). The choice of a
	// dictionary depends on it. See also Expect.
	ExpectedRows int
	// Workspace is memory shared with other encoders. If it is nil, the encoder has its own.
	Workspace *Workspace
}

func (o EncoderOptions) withDefaults() EncoderOptions {
	o.PageRows = cmp.Or(max(o.PageRows, 0), defaultPageRows)
	o.PageBytes = cmp.Or(max(o.PageBytes, 0), defaultPageBytes)
	o.DictionaryBytes = cmp.Or(max(o.DictionaryBytes, 0), defaultDictionaryBytes)
	o.ExpectedRows = cmp.Or(max(o.ExpectedRows, 0), defaultExpectedRows)
	if o.Workspace == nil {
		o.Workspace = new(Workspace)
	}
	return o
}

// A Chunk has the values of a leaf in a sequence of whole rows.
type Chunk struct {
	Rows    int
	Entries int    // level entries; equals Rows for a leaf with MaxRep 0
	Def     []byte // definition levels, one byte for each entry; nil if every entry is at MaxDef
	Rep     []byte // repetition levels, one byte for each entry; nil if MaxRep is 0
	Values  []byte // values other than null: PLAIN, except that each boolean is one byte, 0 or 1
	NonNull int    // the number of values
}

// A ColumnEncoder encodes a leaf, one row group at a time. It is not safe for concurrent use. It
// keeps its buffers from one row group to the next.
type ColumnEncoder struct {
	leaf  Leaf
	opts  EncoderOptions
	width int // of a value in bytes, 0 if it varies

	page page
	out  *EncodedColumn

	encoding   valueEncoding
	dictionary dictionary
	plainShare float64 // compressed share of PLAIN values in the sample; 0 if not measured yet
	entryShare float64 // the same of the dictionary's entries
	entryBytes float64 // expected size of the dictionary

	compressor compressor
	work       *Workspace
}

// Expect sets about how many rows the next row group will have.
func (e *ColumnEncoder) Expect(rows int) { e.opts.ExpectedRows = max(rows, 1) }

// A page is the data page being filled.
type page struct {
	rows      int
	nonNull   int
	defs      levels
	reps      levels
	buf       []byte     // headroom, then the values, PLAIN; empty while constants are used
	headroom  int        // room for levels before the values, so that values need not be copied
	constants []constant // while all values are constants
	bytes     int        // of the values
}

// minHeadroom is the room that the levels of a page take if each kind is uniform.
const minHeadroom = 32

// values returns the values of the page, PLAIN.
func (p *page) values() []byte { return p.buf[p.headroom:] }

type constant struct {
	value []byte // PLAIN
	n     int
}

func (p *page) reset() {
	p.rows, p.nonNull, p.bytes = 0, 0, 0
	p.headroom = max(p.headroom, minHeadroom)
	p.buf = slices.Grow(p.buf[:0], p.headroom)[:p.headroom]
	p.constants = p.constants[:0]
	p.defs.reset()
	p.reps.reset()
}

// weight returns the size that is compared with PageBytes.
func (p *page) weight() int { return p.bytes + p.defs.n }

// layOut turns constants into values.
func (p *page) layOut() {
	for _, c := range p.constants {
		for range c.n {
			p.buf = append(p.buf, c.value...)
		}
	}
	p.constants = p.constants[:0]
}

// grow makes room for n more bytes of values. It grows to a whole page in few steps, and not at
// once, because memory that is touched for the first time is expensive and each column has a page.
func (p *page) grow(n, pageBytes int) {
	need := len(p.buf) + n
	if need <= cap(p.buf) {
		return
	}
	buf := make([]byte, len(p.buf), max(need, min(4*need, pageBytes+pageBytes/4)))
	copy(buf, p.buf)
	p.buf = buf
}

// prepend copies the levels directly before the values and returns both.
func (p *page) prepend(levels []byte) []byte {
	if lack := len(levels) - p.headroom; lack > 0 {
		n := len(p.buf)
		p.buf = slices.Grow(p.buf, lack)[:n+lack]
		copy(p.buf[p.headroom+lack:], p.buf[p.headroom:n])
		p.headroom += lack
	}
	at := p.headroom - len(levels)
	copy(p.buf[at:], levels)
	return p.buf[at:]
}

// NewColumnEncoder returns an encoder for the leaf.
func NewColumnEncoder(leaf Leaf, opts EncoderOptions) *ColumnEncoder {
	e := &ColumnEncoder{opts: opts.withDefaults()}
	e.work = e.opts.Workspace
	e.compressor.work = e.work
	e.Reset(leaf)
	return e
}

// Reset discards everything appended since Finish and prepares the encoder for another leaf, with
// the same options.
func (e *ColumnEncoder) Reset(leaf Leaf) {
	if e.dictionary != nil && (e.leaf.Physical != leaf.Physical || e.leaf.TypeLength != leaf.TypeLength) {
		e.dictionary = nil
	}
	e.leaf, e.width = leaf, leaf.width()
	if e.out != nil {
		e.out.Release()
	}
	e.start()
}

func (e *ColumnEncoder) start() {
	e.page.reset()
	e.encoding, e.plainShare, e.entryShare, e.entryBytes = undecided, 0, 1, 0
	if e.leaf.Physical == Boolean {
		e.encoding = plain
	}
	e.compressor.reset(e.opts.Codec)
	e.out = &EncodedColumn{Leaf: e.leaf, codec: e.opts.Codec}
}

// Append adds a chunk. It does not keep c or its slices.
func (e *ColumnEncoder) Append(c *Chunk) {
	rest := *c
	for rest.Rows > 0 {
		s := e.nextSegment(&rest)
		e.appendSegment(&rest, s)
		e.closeFullPage()
	}
}

// AppendNulls adds rows without the leaf, or without the outermost optional or repeated group
// around it.
func (e *ColumnEncoder) AppendNulls(rows int) {
	for rows > 0 {
		n := min(rows, e.opts.PageRows-e.page.rows, max(1, e.opts.PageBytes-e.page.weight()))
		e.page.rows += n
		e.page.defs.appendRun(0, n)
		if e.leaf.MaxRep > 0 {
			e.page.reps.appendRun(0, n)
		}
		rows -= n
		e.closeFullPage()
	}
}

// AppendConstant adds rows with the same value, in PLAIN form (a text has its length of 4 bytes
// before it), to a leaf that is not repeated. The result is as if the values had been appended, and
// takes less time.
func (e *ColumnEncoder) AppendConstant(value []byte, rows int) {
	value = append([]byte(nil), value...)
	for rows > 0 {
		perRow := len(value) + 1
		free := (e.opts.PageBytes - e.page.weight() + perRow - 1) / perRow
		n := min(rows, e.opts.PageRows-e.page.rows, max(1, free))
		if len(e.page.values()) > 0 {
			for range n {
				e.page.buf = append(e.page.buf, value...)
			}
		} else {
			e.page.constants = append(e.page.constants, constant{value, n})
		}
		e.page.bytes += n * len(value)
		e.page.rows += n
		e.page.nonNull += n
		e.page.defs.appendRun(e.leaf.MaxDef, n)
		rows -= n
		e.closeFullPage()
	}
}

// A segment is the first part of a chunk, which is added to the current page.
type segment struct{ rows, entries, nonNull, bytes int }

// nextSegment returns as many rows as the page has room for, and at least one.
func (e *ColumnEncoder) nextSegment(c *Chunk) segment {
	s := segment{c.Rows, c.Entries, c.NonNull, len(c.Values)}
	maxRows := e.opts.PageRows - e.page.rows
	if s.rows <= maxRows && e.page.weight()+s.bytes+s.entries < e.opts.PageBytes {
		return s
	}
	return e.walk(c, maxRows, e.opts.PageBytes-e.page.weight())
}

// walk measures the rows of c up to and including the one that reaches maxRows or maxWeight.
func (e *ColumnEncoder) walk(c *Chunk, maxRows, maxWeight int) segment {
	var s segment
	for s.rows < c.Rows && s.rows < maxRows && s.bytes+s.entries < maxWeight {
		for first := true; s.entries < c.Entries && (first || c.Rep != nil && c.Rep[s.entries] > 0); first = false {
			if c.Def == nil || c.Def[s.entries] == e.leaf.MaxDef {
				s.bytes += e.valueSize(c.Values[s.bytes:])
				s.nonNull++
			}
			s.entries++
		}
		s.rows++
	}
	return s
}

func (e *ColumnEncoder) valueSize(values []byte) int {
	if e.width > 0 {
		return e.width
	}
	return 4 + int(binary.LittleEndian.Uint32(values))
}

// appendSegment moves the segment from the start of c to the page.
func (e *ColumnEncoder) appendSegment(c *Chunk, s segment) {
	p := &e.page
	p.layOut()
	p.grow(s.bytes, e.opts.PageBytes)
	p.buf = append(p.buf, c.Values[:s.bytes]...)
	p.bytes += s.bytes
	p.rows += s.rows
	p.nonNull += s.nonNull
	if c.Def == nil {
		p.defs.appendRun(e.leaf.MaxDef, s.entries)
	} else {
		p.defs.append(c.Def[:s.entries])
		c.Def = c.Def[s.entries:]
	}
	if c.Rep != nil {
		p.reps.append(c.Rep[:s.entries])
		c.Rep = c.Rep[s.entries:]
	}
	c.Values = c.Values[s.bytes:]
	c.Rows -= s.rows
	c.Entries -= s.entries
	c.NonNull -= s.nonNull
}

func (e *ColumnEncoder) closeFullPage() {
	if e.page.rows >= e.opts.PageRows || e.page.weight() >= e.opts.PageBytes {
		e.closePage(false)
	}
}

// Finish completes the column chunk and prepares the encoder for the same leaf of another row
// group. The caller must pass the result to [Writer.WriteRowGroup] or release it.
func (e *ColumnEncoder) Finish() *EncodedColumn {
	if e.page.rows > 0 {
		e.closePage(true)
	}
	out := e.out
	if out.dictionaryPages > 0 {
		e.writeDictionary()
	}
	e.out = nil
	e.start()
	return out
}

var errPageTooLarge = errors.New("a single row holds more than 2 GiB of one column, more than a Parquet page can")

// tooLarge reports whether the size of a page does not fit its header.
func tooLarge(size int) bool { return size > math.MaxInt32 }
