package parquetfile

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// WriterOptions configure a Writer.
type WriterOptions struct {
	// Codec is the codec of the encoders. The Writer uses it for the chunks of nulls that it adds.
	Codec Codec
	// CreatedBy names the writing program and its version, as "ndjson-parquet version 1.2.3 (build
	// abc)".
	CreatedBy string
	// KeyValueMetadata is written in this order.
	KeyValueMetadata []KeyValue
}

// A KeyValue is an entry of the footer's metadata.
type KeyValue struct{ Key, Value string }

// A Writer streams a Parquet file. It is not safe for concurrent use, and must not be used after an
// error.
type Writer struct {
	w      *bufio.Writer
	opts   WriterOptions
	offset int64
	rows   int64
	groups []rowGroup
	known  []Leaf // every leaf written so far, in order of first appearance
	closed bool
}

// A rowGroup is the part of the footer that describes a row group. Parts that are final are
// serialised already.
type rowGroup struct {
	rows       int
	chunks     map[string]*chunkMeta // by Leaf.key
	fileOffset int64
}

type chunkMeta struct {
	leaf                                 Leaf
	rawSize, size                        int64
	metaData, columnIndex, offsetIndex   []byte
	columnIndexOffset, offsetIndexOffset int64
}

// NewWriter returns a Writer that writes the file to w.
func NewWriter(w io.Writer, opts WriterOptions) *Writer {
	return &Writer{w: bufio.NewWriterSize(w, 64<<10), opts: opts}
}

// AddMetadata adds an entry to the footer's metadata.
func (w *Writer) AddMetadata(kv KeyValue) {
	w.opts.KeyValueMetadata = append(w.opts.KeyValueMetadata, kv)
}

// WriteRowGroup writes chunks as the next row group, in the given order, and releases them. Each
// must have the given number of rows. For a leaf that earlier row groups have and this one lacks,
// it adds nulls at once; for leaves that only later row groups have, Close adds them at the end of
// the file. The first column of the final schema should be in every row group, because some readers
// divide files by the position of each row group's first column.
func (w *Writer) WriteRowGroup(cols []*EncodedColumn, rows int) error {
	if rows == 0 {
		for _, c := range cols {
			c.Release()
		}
		return nil
	}
	if w.offset == 0 {
		if err := w.write(magic); err != nil {
			return err
		}
	}
	g := rowGroup{rows: rows, fileOffset: w.offset, chunks: make(map[string]*chunkMeta, len(cols))}
	for _, c := range cols {
		if _, ok := g.chunks[c.Leaf.key()]; ok {
			return fmt.Errorf("parquet: column %s occurs twice in a row group", c.Leaf.String())
		}
		if err := w.writeChunk(&g, c); err != nil {
			return err
		}
	}
	if err := w.fill(&g, w.known); err != nil {
		return err
	}
	for _, c := range cols {
		if !w.knows(c.Leaf.key()) {
			w.known = append(w.known, c.Leaf)
		}
	}
	w.groups = append(w.groups, g)
	w.rows += int64(rows)
	return nil
}

func (w *Writer) knows(key string) bool {
	if len(w.groups) == 0 {
		return false
	}
	// Every row group has all leaves that were known when it was written.
	_, ok := w.groups[len(w.groups)-1].chunks[key]
	return ok
}

// fill writes chunks of nulls for the leaves that the row group lacks.
func (w *Writer) fill(g *rowGroup, leaves []Leaf) error {
	for i := range leaves {
		if _, ok := g.chunks[leaves[i].key()]; ok {
			continue
		}
		if leaves[i].MaxDef == 0 {
			return fmt.Errorf("parquet: column %s is required, but a row group lacks it", leaves[i].String())
		}
		if err := w.writeChunk(g, NullColumn(leaves[i], w.opts.Codec, g.rows)); err != nil {
			return err
		}
	}
	return nil
}

func (w *Writer) writeChunk(g *rowGroup, c *EncodedColumn) error {
	defer c.Release()
	if c.err != nil {
		return fmt.Errorf("parquet: column %s: %w", c.Leaf.String(), c.err)
	}
	if c.rows != g.rows {
		return fmt.Errorf("parquet: column %s has %d rows, its row group %d", c.Leaf.String(), c.rows, g.rows)
	}
	g.chunks[c.Leaf.key()] = &chunkMeta{
		leaf:        c.Leaf,
		rawSize:     int64(c.dictionaryRawSize + c.rawSize),
		size:        int64(c.Size()),
		metaData:    c.columnMetaData(w.offset),
		columnIndex: c.columnIndex(),
		offsetIndex: c.offsetIndex(w.offset),
	}
	for _, b := range []*blocks{&c.dictionary, &c.data} {
		for _, piece := range b.pieces {
			if err := w.write(piece); err != nil {
				return err
			}
		}
	}
	return nil
}

func (w *Writer) write(p []byte) error {
	n, err := w.w.Write(p)
	w.offset += int64(n)
	if err != nil {
		return fmt.Errorf("parquet: writing at offset %d: %w", w.offset, err)
	}
	return nil
}

// Close completes the row groups and writes the indexes and the footer. schema is the root of the
// final schema, which must have every leaf that was written. Close does not close the underlying
// writer.
func (w *Writer) Close(schema *Node) error {
	if w.closed {
		return errors.New("parquet: the file is closed already")
	}
	w.closed = true
	if err := schema.check(); err != nil {
		return err
	}
	leaves := Leaves(schema)
	if err := w.checkLeaves(leaves); err != nil {
		return err
	}
	if w.offset == 0 {
		if err := w.write(magic); err != nil {
			return err
		}
	}
	for i := range w.groups {
		if err := w.fill(&w.groups[i], leaves); err != nil {
			return err
		}
	}
	if err := w.writeIndexes(leaves); err != nil {
		return err
	}
	footer := w.footer(schema, leaves)
	footer = binary.LittleEndian.AppendUint32(footer, uint32(len(footer)))
	if err := w.write(append(footer, magic...)); err != nil {
		return err
	}
	if err := w.w.Flush(); err != nil {
		return fmt.Errorf("parquet: writing the footer: %w", err)
	}
	return nil
}

// checkLeaves returns an error if a chunk does not fit the final schema.
func (w *Writer) checkLeaves(leaves []Leaf) error {
	final := make(map[string]*Leaf, len(leaves))
	for i := range leaves {
		final[leaves[i].key()] = &leaves[i]
	}
	for i := range w.groups {
		for key, chunk := range w.groups[i].chunks {
			leaf, ok := final[key]
			if !ok {
				return fmt.Errorf("parquet: column %s was written but is not in the schema", chunk.leaf.String())
			}
			if !leaf.sameStorage(&chunk.leaf) {
				return fmt.Errorf("parquet: column %s was written with another type or nesting than the schema has",
					leaf.String())
			}
		}
	}
	return nil
}

// writeIndexes writes the column indexes of all row groups and then the offset indexes, between the
// data and the footer as the format recommends.
func (w *Writer) writeIndexes(leaves []Leaf) error {
	each := func(index func(*chunkMeta) ([]byte, *int64)) error {
		for i := range w.groups {
			for j := range leaves {
				b, offset := index(w.groups[i].chunks[leaves[j].key()])
				*offset = w.offset
				if err := w.write(b); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if err := each(func(c *chunkMeta) ([]byte, *int64) { return c.columnIndex, &c.columnIndexOffset }); err != nil {
		return err
	}
	return each(func(c *chunkMeta) ([]byte, *int64) { return c.offsetIndex, &c.offsetIndexOffset })
}

// footer returns the FileMetaData.
func (w *Writer) footer(schema *Node, leaves []Leaf) []byte {
	var c compactWriter
	c.beginStruct()
	c.i32Field(1, 2) // version
	c.listField(2, countNodes(schema), typeStruct)
	appendSchema(&c, schema, true)
	c.i64Field(3, w.rows)
	c.listField(4, len(w.groups), typeStruct)
	for i := range w.groups {
		w.groups[i].append(&c, leaves)
	}
	if len(w.opts.KeyValueMetadata) > 0 {
		c.listField(5, len(w.opts.KeyValueMetadata), typeStruct)
		for _, kv := range w.opts.KeyValueMetadata {
			c.beginStruct()
			c.stringField(1, kv.Key)
			c.stringField(2, kv.Value)
			c.endStruct()
		}
	}
	c.stringField(6, w.opts.CreatedBy)
	c.listField(7, len(leaves), typeStruct)
	for range leaves {
		c.beginStruct()
		c.emptyStructField(1) // TYPE_ORDER
		c.endStruct()
	}
	c.endStruct()
	return c.buf
}

func (g *rowGroup) append(c *compactWriter, leaves []Leaf) {
	var rawSize, size int64
	c.beginStruct()
	c.listField(1, len(leaves), typeStruct)
	for i := range leaves {
		chunk := g.chunks[leaves[i].key()]
		rawSize += chunk.rawSize
		size += chunk.size
		c.beginStruct()
		c.i64Field(2, 0) // file_offset, deprecated
		c.field(3, typeStruct)
		c.buf = append(c.buf, chunk.metaData...)
		c.i64Field(4, chunk.offsetIndexOffset)
		c.i32Field(5, int32(len(chunk.offsetIndex)))
		if chunk.columnIndex != nil {
			c.i64Field(6, chunk.columnIndexOffset)
			c.i32Field(7, int32(len(chunk.columnIndex)))
		}
		c.endStruct()
	}
	c.i64Field(2, rawSize)
	c.i64Field(3, int64(g.rows))
	c.i64Field(5, g.fileOffset)
	c.i64Field(6, size)
	c.endStruct()
}
