package scan

import (
	"slices"

	"ndjson-parquet/convert/internal/parquetfile"
)

// A column holds the values of a leaf in the rows of the current block, in the form of
// [parquetfile.Chunk].
//
// Rows without the column's top-level field are padded with nulls when the next value follows, or
// at the end of the block. The values of the last record can be removed.
type column struct {
	leaf parquetfile.Leaf
	// maxDef and maxRep are the leaf's. width is the size of its values in bytes, or 0 for texts,
	// which have a length of 4 bytes before them.
	maxDef, maxRep uint8
	width          int

	values  []byte
	dense   bool   // every row so far has a value, and def is not used
	def     []byte // definition levels
	rep     []byte // if maxRep > 0
	rows    int    // rows of the block that have entries
	nonNull int    // number of values, unless dense is set: see count

	lastText int // position of the last text in values
	// The position of the last row of a repeated leaf.
	markValues, markEntries, markNonNull int

	// The values of a number column that are evidence for the other numeric type.
	otherKind  tally // in a double column the integers; in a bigint column those that a double does not represent
	otherFirst bool  // whether one of them came before any other value
	floats     tally // in a bigint column the float literals
	direct     int64 // values that have been added to the evidence already

	encoder *parquetfile.ColumnEncoder
	flushed int64 // values that the encoder has received
	pending int   // rows before this block, all null, that the encoder has not received yet
}

// A tally is a count from which the last record can be removed.
type tally struct {
	n      int64
	serial uint64 // record in which n was last raised
	before int64  // n before that record
}

func (t *tally) add(serial uint64) { t.addMany(serial, 1) }

func (t *tally) addMany(serial uint64, n int) {
	if t.serial != serial {
		t.serial, t.before = serial, t.n
	}
	t.n += int64(n)
}

func (t *tally) undo(serial uint64) {
	if t.serial == serial {
		t.n, t.serial = t.before, 0
	}
}

func newColumn(leaf parquetfile.Leaf) *column {
	c := &column{leaf: leaf, maxDef: leaf.MaxDef, maxRep: leaf.MaxRep}
	switch leaf.Physical {
	case parquetfile.Boolean:
		c.width = 1
	case parquetfile.Int32:
		c.width = 4
	case parquetfile.Int64, parquetfile.Double:
		c.width = 8
	case parquetfile.FixedLenByteArray:
		c.width = leaf.TypeLength
	}
	c.reset()
	return c
}

// present adds the levels of a value. The caller appends the value.
func (c *column) present(row int, rep uint8) {
	if c.dense && c.rows == row {
		c.rows++
	} else {
		c.presentAmongNulls(row, rep)
	}
}

// presentAmongNulls is present for columns that are not dense.
func (c *column) presentAmongNulls(row int, rep uint8) {
	if c.maxRep > 0 {
		c.entry(row, rep, c.maxDef)
		c.nonNull++
		return
	}
	if c.rows != row {
		c.pad(row)
	}
	c.rows++
	c.nonNull++
	c.def = append(c.def, c.maxDef)
}

// absent adds an entry without a value, at definition level def.
func (c *column) absent(row int, rep, def uint8) {
	if c.maxRep > 0 {
		c.entry(row, rep, def)
		return
	}
	if c.rows != row {
		c.pad(row)
	}
	c.needDef()
	c.def = append(c.def, def)
	c.rows++
}

// entry adds the levels of an entry of a repeated leaf.
func (c *column) entry(row int, rep, def uint8) {
	if rep == 0 {
		if c.rows != row {
			c.pad(row)
		}
		c.rows++
		c.markValues, c.markEntries, c.markNonNull = len(c.values), len(c.def), c.nonNull
	}
	c.rep = append(c.rep, rep)
	c.def = append(c.def, def)
}

// needDef adds the definition levels of the rows so far, which all have values, if they are not
// there yet.
func (c *column) needDef() {
	if !c.dense {
		return
	}
	c.dense = false
	c.nonNull = c.rows
	c.def = c.def[:0]
	for range c.rows {
		c.def = append(c.def, c.maxDef)
	}
}

// pad adds nulls for the rows before row that have no entries.
func (c *column) pad(row int) {
	c.needDef()
	c.def = appendZeros(c.def, row-c.rows)
	if c.maxRep > 0 {
		c.rep = appendZeros(c.rep, row-c.rows)
	}
	c.rows = row
}

func appendZeros(b []byte, n int) []byte {
	b = slices.Grow(b, n)
	clear(b[len(b) : len(b)+n])
	return b[:len(b)+n]
}

// undo removes what was added for row, the last one of the block.
func (c *column) undo(row int, serial uint64) {
	if c.rows <= row {
		return
	}
	c.otherKind.undo(serial)
	c.floats.undo(serial)
	c.rows = row
	if c.maxRep > 0 {
		c.values, c.nonNull = c.values[:c.markValues], c.markNonNull
		c.def, c.rep = c.def[:c.markEntries], c.rep[:c.markEntries]
		return
	}
	if c.dense || c.def[row] == c.maxDef {
		c.nonNull--
		if c.width > 0 {
			c.values = c.values[:len(c.values)-c.width]
		} else {
			c.values = c.values[:c.lastText]
		}
	}
	if !c.dense {
		c.def = c.def[:row]
	}
}

// count returns the number of values in the block.
func (c *column) count() int {
	if c.dense {
		return c.rows
	}
	return c.nonNull
}

// reset empties the buffers.
func (c *column) reset() {
	c.values, c.def, c.rep = c.values[:0], c.def[:0], c.rep[:0]
	c.rows, c.nonNull = 0, 0
	c.dense = c.maxRep == 0
}

// forget prepares the column for another span.
func (c *column) forget() {
	c.reset()
	c.otherKind, c.otherFirst, c.floats, c.direct = tally{}, false, tally{}, 0
	c.encoder, c.flushed, c.pending = nil, 0, 0
}

// encode passes the rows of the block to the encoder and empties the buffers.
func (c *column) encode(rows int, newEncoder func(parquetfile.Leaf) *parquetfile.ColumnEncoder) {
	if c.rows == 0 {
		c.pending += rows
		return
	}
	if c.rows < rows {
		c.pad(rows)
	}
	if c.encoder == nil {
		c.encoder = newEncoder(c.leaf)
	}
	if c.pending > 0 {
		c.encoder.AppendNulls(c.pending)
		c.pending = 0
	}
	c.encoder.Append(c.chunk(rows))
	c.flushed += int64(c.count())
	c.reset()
}

// chunk returns the rows of the block, all of which must have entries, for the encoder.
func (c *column) chunk(rows int) *parquetfile.Chunk {
	chunk := parquetfile.Chunk{Rows: rows, Entries: rows, Values: c.values, NonNull: c.count()}
	if !c.dense {
		chunk.Def, chunk.Entries = c.def, len(c.def)
	}
	if c.maxRep > 0 {
		chunk.Rep = c.rep
	}
	return &chunk
}
