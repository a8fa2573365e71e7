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

// An output writes spans as row groups, in order, to the parts of the sink.
type output struct {
	*job
	parts   []PartResult // of the closed parts
	part    *partWriter  // nil between parts
	rejects *bufio.Writer
	closer  io.Closer // of rejects
	lines   []int64   // by source: line ends in the segments written so far
	rescued bool      // _rescued_data has a value
	first   []string  // by row group: the first column of the schema when it was written
	// nulls has the first columns of which a row group has only the nulls that were added to it.
	nulls []*schema.Field
	// closedWith has the schemas of the parts that were closed before the last one. The conversion
	// is valid only if they equal the final schema.
	closedWith []*schema.Schema
}

// A partWriter writes a part.
type partWriter struct {
	file   io.WriteCloser
	hash   hash.Hash // nil with Options.OmitChecksums
	bytes  int64
	rows   int64
	writer *parquetfile.Writer
}

// Write implements io.Writer.
func (p *partWriter) Write(b []byte) (int, error) {
	n, err := p.file.Write(b)
	if p.hash != nil {
		p.hash.Write(b[:n])
	}
	p.bytes += int64(n)
	return n, err
}

func newOutput(j *job) *output {
	return &output{job: j, lines: make([]int64, len(j.sources))}
}

// write writes a span. known is the schema that follows from this span and those before it; it
// determines the order of the columns.
func (o *output) write(r *spanResult, known *schema.Schema) error {
	if err := o.writeRejects(r); err != nil {
		return err
	}
	for i := range r.span.segments {
		o.lines[r.span.segments[i].source] += r.lines[i]
	}
	if r.rows == 0 {
		r.discard()
		return nil
	}
	if o.part == nil {
		if err := o.openPart(); err != nil {
			return err
		}
	}
	columns := o.inOrder(r, known)
	r.columns = nil
	if err := o.part.writer.WriteRowGroup(columns, r.rows); err != nil {
		return fmt.Errorf("writing part %d: %w", len(o.parts), err)
	}
	o.part.rows += int64(r.rows)
	if o.opts.TargetPartBytes <= 0 || o.part.bytes < o.opts.TargetPartBytes {
		return nil
	}
	o.closedWith = append(o.closedWith, known)
	return o.closePart(known)
}

// empty reports whether no row has been written.
func (o *output) empty() bool { return o.part == nil && len(o.parts) == 0 }

func (o *output) openPart() error {
	file, err := o.sink.Part(len(o.parts))
	if err != nil {
		return fmt.Errorf("creating part %d: %w", len(o.parts), err)
	}
	o.part = &partWriter{file: file}
	if !o.opts.OmitChecksums {
		o.part.hash = sha256.New()
	}
	o.part.writer = parquetfile.NewWriter(o.part, parquetfile.WriterOptions{Codec: o.codec, CreatedBy: createdBy()})
	return nil
}

// systemColumns are the names of the system columns in their order.
var systemColumns = []string{schema.ColumnProcessingTimestamp, schema.ColumnSourceFile, schema.ColumnRescuedData}

// inOrder returns the columns of a row group in the order of the schema, the system columns last.
func (o *output) inOrder(r *spanResult, known *schema.Schema) []*parquetfile.EncodedColumn {
	var columns []*parquetfile.EncodedColumn
	first := ""
	if len(known.Columns) > 0 {
		first = known.Columns[0].Name
		columns = o.nullsOfFirst(r, &known.Columns[0])
	}
	o.first = append(o.first, first)
	for _, f := range known.Columns {
		columns = append(columns, r.columns[f.Name]...)
	}
	for _, name := range systemColumns {
		columns = append(columns, r.columns[name]...)
	}
	o.rescued = o.rescued || r.columns[schema.ColumnRescuedData] != nil
	return columns
}

// nullsOfFirst returns the nulls of a row group that lacks the first column, and nil for any other
// row group. Spark locates a row group by its first column, so that the column must not be filled
// in at the end of the file, as others are.
func (o *output) nullsOfFirst(r *spanResult, first *schema.Field) (nulls []*parquetfile.EncodedColumn) {
	if r.columns[first.Name] != nil {
		return nil
	}
	o.nulls = append(o.nulls, first)
	root := &parquetfile.Node{Children: []*parquetfile.Node{parquetschema.Field(first.Name, &first.Type)}}
	for _, leaf := range parquetfile.Leaves(root) {
		nulls = append(nulls, parquetfile.NullColumn(leaf, o.codec, r.rows))
	}
	return nulls
}

// beginsWithFirstColumn reports whether every row group that was written begins with the first
// column of s, in the layout of its type.
func (o *output) beginsWithFirstColumn(s *schema.Schema) bool {
	for _, name := range o.first {
		if len(s.Columns) > 0 && name != s.Columns[0].Name {
			return false
		}
	}
	for _, f := range o.nulls {
		if !f.Type.SameLayout(s.Column(f.Name)) {
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

// close completes the output with the final schema.
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

func (o *output) closePart(s *schema.Schema) error {
	p := o.part
	o.part = nil
	if hasTimes(s) {
		p.writer.AddMetadata(sparkVersion)
	}
	err := p.writer.Close(o.fileSchema(s))
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

// fileSchema returns the schema of a part: the columns of s and the system columns. A Parquet file
// needs a column, so that _rescued_data is there if there is no other.
func (o *output) fileSchema(s *schema.Schema) *parquetfile.Node {
	root := &parquetfile.Node{Name: "schema"}
	for i := range s.Columns {
		root.Children = append(root.Children, parquetschema.Field(s.Columns[i].Name, &s.Columns[i].Type))
	}
	if o.opts.systemColumns() {
		root.Children = append(root.Children,
			parquetschema.Scalar(schema.ColumnProcessingTimestamp, &schema.Type{Kind: schema.Timestamp}),
			parquetschema.Scalar(schema.ColumnSourceFile, &schema.Type{Kind: schema.String}))
	}
	// All parts of an output have the same columns, whether a value has been rescued so far or not.
	severalParts := o.opts.TargetPartBytes > 0
	if o.opts.systemColumns() || o.rescued || severalParts || len(root.Children) == 0 {
		root.Children = append(root.Children,
			parquetschema.Scalar(schema.ColumnRescuedData, &schema.Type{Kind: schema.String}))
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
