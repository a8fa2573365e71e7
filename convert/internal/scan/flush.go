package scan

import (
	"slices"

	"ndjson-parquet/convert/internal/parquetfile"
	"ndjson-parquet/convert/schema"
)

// Encoders supplies the Encoders that a recorder's columns go to.
type Encoders interface {
	// Encoder returns an encoder for the leaf, with nothing in it.
	Encoder(leaf parquetfile.Leaf) *parquetfile.ColumnEncoder
	// Finish returns what e has encoded and takes e back.
	Finish(e *parquetfile.ColumnEncoder) *parquetfile.EncodedColumn
}

// Rows is the number of rows recorded since the last flush.
func (r *Recorder) Rows() int { return r.row }

// Flush hands the rows recorded since the last flush to the Encoders.
func (r *Recorder) Flush(e Encoders) {
	for _, c := range r.root.leaves {
		c.flush(r.row, e.Encoder)
	}
	r.rescued.flush(r.row, e.Encoder)
	r.before += r.row
	r.row = 0
}

// Finish completes the evidence and passes each encoded column to keep, with the name of its top-level column; the leaves of
// one come in the order of their paths. A top-level column without any value is left out: the file's writer fills it in,
// and so it makes no difference when the column became known.
func (r *Recorder) Finish(e Encoders, keep func(name string, c *parquetfile.EncodedColumn)) {
	r.root.count()
	for _, f := range r.root.fields.all {
		if f.values() == 0 {
			continue
		}
		encoded := make([]*parquetfile.EncodedColumn, len(f.leaves))
		for i, c := range f.leaves {
			encoded[i] = c.finish(e)
		}
		slices.SortFunc(encoded, func(a, b *parquetfile.EncodedColumn) int {
			return slices.Compare(a.Leaf.Path, b.Leaf.Path)
		})
		for _, c := range encoded {
			keep(f.name, c)
		}
	}
	if r.rescued.flushed > 0 {
		keep(schema.ColumnRescuedData, r.rescued.finish(e))
	}
}

// finish completes the column's encoding.
func (c *column) finish(e Encoders) *parquetfile.EncodedColumn {
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

// values is the number of values other than null that went into n.
func (n *node) values() int64 {
	if n.column != nil {
		return n.column.flushed
	}
	return n.present.n
}

// Schema returns the schema of the columns, those added included.
func (r *Recorder) Schema() *schema.Schema {
	s := &schema.Schema{}
	for _, f := range r.root.fields.all {
		if f.typ != nil {
			s.Columns = append(s.Columns, schema.Field{Name: f.name, Type: *f.typ})
		}
	}
	return s
}
