package scan

import (
	"slices"

	"ndjson-parquet/convert/internal/parquetfile"
	"ndjson-parquet/convert/schema"
)

// Encoders provides the encoders of a recorder's columns.
type Encoders interface {
	// Encoder returns an empty encoder for the leaf.
	Encoder(leaf parquetfile.Leaf) *parquetfile.ColumnEncoder
	// Finish returns what e has encoded. The recorder does not use e again.
	Finish(e *parquetfile.ColumnEncoder) *parquetfile.EncodedColumn
}

// Rows returns the number of rows since the last Flush.
func (r *Recorder) Rows() int { return r.row }

// Flush passes the rows since the last Flush to the encoders.
func (r *Recorder) Flush(e Encoders) {
	for _, c := range r.root.leaves {
		c.encode(r.row, e.Encoder)
	}
	r.rescued.encode(r.row, e.Encoder)
	r.before += r.row
	r.row = 0
}

// Finish completes the evidence and calls keep for each encoded leaf column, with the name of its
// top-level column; the leaves of a column come in the order of their paths. A top-level column
// without a value is left out. The writer of the file adds its nulls, so that the file does not
// depend on when the column became known.
func (r *Recorder) Finish(e Encoders, keep func(name string, c *parquetfile.EncodedColumn)) {
	r.root.count()
	for _, f := range r.root.fields.all {
		if f.values() == 0 {
			continue
		}
		encoded := make([]*parquetfile.EncodedColumn, len(f.leaves))
		for i, c := range f.leaves {
			encoded[i] = c.finishEncoding(e)
		}
		slices.SortFunc(encoded, func(a, b *parquetfile.EncodedColumn) int {
			return slices.Compare(a.Leaf.Path, b.Leaf.Path)
		})
		for _, c := range encoded {
			keep(f.name, c)
		}
	}
	if r.rescued.flushed > 0 {
		keep(schema.ColumnRescuedData, r.rescued.finishEncoding(e))
	}
}

// finishEncoding completes the encoding of the column.
func (c *column) finishEncoding(e Encoders) *parquetfile.EncodedColumn {
	if c.encoder == nil {
		c.encoder = e.Encoder(c.leaf)
	}
	if c.pending > 0 {
		c.encoder.AppendNulls(c.pending)
		c.pending = 0
	}
	encoded := e.Finish(c.encoder)
	c.encoder = nil
	return encoded
}

// values returns the number of values other than null in n.
func (n *node) values() int64 {
	if n.column != nil {
		return n.column.flushed
	}
	return n.present.n
}

// Schema returns the schema of the columns, including those that were added.
func (r *Recorder) Schema() *schema.Schema {
	s := &schema.Schema{}
	for _, f := range r.root.fields.all {
		if f.typ != nil {
			s.Columns = append(s.Columns, schema.Field{Name: f.name, Type: *f.typ})
		}
	}
	return s
}
