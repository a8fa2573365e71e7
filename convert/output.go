package convert

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"

	"ndjson-parquet/convert/internal/parquetfile"
	"ndjson-parquet/convert/internal/parquetschema"
	"ndjson-parquet/convert/schema"
)

// createdBy names the writer in the files' metadata.
const createdBy = "ndjson-parquet version 1.0.0"

// An output writes finished spans as row groups, in order, to the sink's parts.
type output struct {
	*conversion
	parts   []PartResult
	part    *part
	rejects *bufio.Writer
	closer  io.Closer // of rejects
	lines   []int64   // by source: lines of the segments written so far
	rescued bool      // _rescued_data has a value
	first   []string  // by row group: the schema's first column when it was written
	// closedUnder holds the schemas that parts were closed under before the last one. They must turn out final.
	closedUnder []*schema.Schema
}

// A part is the file being written.
type part struct {
	file   io.WriteCloser
	hash   hash.Hash // nil: not wanted
	bytes  int64
	rows   int64
	writer *parquetfile.Writer
}

func (p *part) Write(b []byte) (int, error) {
	n, err := p.file.Write(b)
	if p.hash != nil {
		p.hash.Write(b[:n])
	}
	p.bytes += int64(n)
	return n, err
}

func newOutput(c *conversion) *output {
	return &output{conversion: c, lines: make([]int64, len(c.sources))}
}

// write writes a span. known is the schema as far as the spans up to this one tell; it gives the order of the columns.
func (o *output) write(r *spanResult, known *schema.Schema) error {
	if err := o.writeRejects(r); err != nil {
		return err
	}
	for i := range r.span.segments {
		o.lines[r.span.segments[i].source] += r.counts[i].Lines
	}
	if r.rows == 0 {
		r.discard()
		return nil
	}
	if o.part == nil {
		file, err := o.sink.Part(len(o.parts))
		if err != nil {
			return fmt.Errorf("creating part %d: %w", len(o.parts), err)
		}
		o.part = &part{file: file}
		if !o.opts.OmitChecksums {
			o.part.hash = sha256.New()
		}
		o.part.writer = parquetfile.NewWriter(o.part, parquetfile.WriterOptions{Codec: o.codec, CreatedBy: createdBy})
	}
	var columns []*parquetfile.EncodedColumn
	if len(known.Columns) > 0 {
		columns = o.firstColumn(r, &known.Columns[0])
		o.first = append(o.first, known.Columns[0].Name)
	} else {
		o.first = append(o.first, "")
	}
	for _, f := range known.Columns {
		columns = append(columns, r.columns[f.Name]...)
	}
	for _, name := range []string{schema.ColumnProcessingTimestamp, schema.ColumnSourceFile, schema.ColumnRescuedData} {
		columns = append(columns, r.columns[name]...)
	}
	o.rescued = o.rescued || r.columns[schema.ColumnRescuedData] != nil
	r.columns = nil
	if err := o.part.writer.WriteRowGroup(columns, r.rows); err != nil {
		return fmt.Errorf("writing part %d: %w", len(o.parts), err)
	}
	o.part.rows += int64(r.rows)
	if o.opts.TargetPartBytes <= 0 || o.part.bytes < o.opts.TargetPartBytes {
		return nil
	}
	o.closedUnder = append(o.closedUnder, known)
	return o.closePart(known)
}

// firstColumn returns the nulls of a row group that lacks the first column, nil if it has it. Spark tells where a row group
// lies by its first column, so that one cannot be filled in at the end of the file.
func (o *output) firstColumn(r *spanResult, first *schema.Field) (nulls []*parquetfile.EncodedColumn) {
	if r.columns[first.Name] != nil {
		return nil
	}
	root := &parquetfile.Node{Children: []*parquetfile.Node{parquetschema.Field(first.Name, &first.Type)}}
	for _, leaf := range parquetfile.Leaves(root) {
		nulls = append(nulls, parquetfile.NullColumn(leaf, o.codec, r.rows))
	}
	return nulls
}

// firstIs reports whether every row group that was written begins with the schema's first column.
func (o *output) firstIs(schema *schema.Schema) bool {
	for _, name := range o.first {
		if len(schema.Columns) > 0 && name != schema.Columns[0].Name {
			return false
		}
	}
	return true
}

func (o *output) writeRejects(r *spanResult) error {
	if r.rejects.empty() {
		return nil
	}
	if o.rejects == nil {
		w, err := o.sink.Rejects()
		if err != nil {
			return fmt.Errorf("creating the file of rejected records: %w", err)
		}
		o.closer, o.rejects = w, bufio.NewWriterSize(w, 64<<10)
	}
	origin := func(segment int) (string, int64) {
		source := r.span.segments[segment].source
		return o.sources[source].URI, o.lines[source]
	}
	if err := r.rejects.writeTo(o.rejects, origin); err != nil {
		return fmt.Errorf("writing rejected records: %w", err)
	}
	r.rejects.discard()
	return nil
}

// close finishes the output under the final schema.
func (o *output) close(final *schema.Schema, metadata []MetadataEntry) ([]PartResult, error) {
	if o.part != nil {
		for _, m := range metadata {
			o.part.writer.AddMetadata(parquetfile.KeyValue{Key: m.Key, Value: m.Value})
		}
		if err := o.closePart(final); err != nil {
			return nil, err
		}
	}
	if o.rejects != nil {
		err := o.rejects.Flush()
		if closeErr := o.closer.Close(); err == nil {
			err = closeErr
		}
		o.rejects = nil
		if err != nil {
			return nil, fmt.Errorf("writing rejected records: %w", err)
		}
	}
	return o.parts, nil
}

func (o *output) closePart(schema *schema.Schema) error {
	p := o.part
	o.part = nil
	err := p.writer.Close(o.parquetSchema(schema))
	if closeErr := p.file.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return fmt.Errorf("writing part %d: %w", len(o.parts), err)
	}
	result := PartResult{Rows: p.rows, Bytes: p.bytes}
	if p.hash != nil {
		result.SHA256 = hex.EncodeToString(p.hash.Sum(nil))
	}
	o.parts = append(o.parts, result)
	return nil
}

// parquetSchema adds the system's columns. A file needs some column: if there is no other, _rescued_data is it.
func (o *output) parquetSchema(s *schema.Schema) *parquetfile.Node {
	root := &parquetfile.Node{Name: "schema"}
	for i := range s.Columns {
		root.Children = append(root.Children, parquetschema.Field(s.Columns[i].Name, &s.Columns[i].Type))
	}
	if o.opts.systemColumns() {
		root.Children = append(root.Children,
			parquetschema.Scalar(schema.ColumnProcessingTimestamp, &schema.Type{Kind: schema.Timestamp}), parquetschema.Scalar(schema.ColumnSourceFile, &schema.Type{Kind: schema.String}))
	}
	// The parts of one output shall have the same columns, whether something has been rescued before they end or not.
	severalParts := o.opts.TargetPartBytes > 0
	if o.opts.systemColumns() || o.rescued || severalParts || len(root.Children) == 0 {
		root.Children = append(root.Children, parquetschema.Scalar(schema.ColumnRescuedData, &schema.Type{Kind: schema.String}))
	}
	return root
}

// abort closes what is open.
func (o *output) abort() {
	if o.part != nil {
		o.part.file.Close()
	}
	if o.rejects != nil {
		o.closer.Close()
	}
}
