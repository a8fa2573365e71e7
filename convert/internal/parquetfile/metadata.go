package parquetfile

// This file has the structs of parquet.thrift, field by field. The numbers are the format's field
// ids.

func appendDataPageHeader(dst []byte, rawSize, size int, meta *pageMeta) []byte {
	w := compactWriter{buf: dst}
	w.beginStruct()
	w.i32Field(1, 0) // DATA_PAGE
	w.i32Field(2, int32(rawSize))
	w.i32Field(3, int32(size))
	w.structField(5)
	w.i32Field(1, int32(meta.entries))
	w.i32Field(2, meta.encoding)
	w.i32Field(3, encodingRLE) // definition levels
	w.i32Field(4, encodingRLE) // repetition levels
	w.endStruct()
	w.endStruct()
	return w.buf
}

func appendDictionaryPageHeader(dst []byte, rawSize, size, entries int) []byte {
	w := compactWriter{buf: dst}
	w.beginStruct()
	w.i32Field(1, 2) // DICTIONARY_PAGE
	w.i32Field(2, int32(rawSize))
	w.i32Field(3, int32(size))
	w.structField(7)
	w.i32Field(1, int32(entries))
	w.i32Field(2, encodingPlain)
	w.endStruct()
	w.endStruct()
	return w.buf
}

// columnMetaData appends the ColumnMetaData of a chunk that starts at offset.
func (c *EncodedColumn) columnMetaData(offset int64) []byte {
	var w compactWriter
	w.beginStruct()
	w.i32Field(1, int32(c.Leaf.Physical))
	encodings := []int32{encodingRLE}
	if c.dictionaryPages < len(c.pages) || c.dictionary.size > 0 {
		encodings = append(encodings, encodingPlain)
	}
	if c.dictionaryPages > 0 {
		encodings = append(encodings, encodingRLEDictionary)
	}
	w.listField(2, len(encodings), typeI32)
	for _, encoding := range encodings {
		w.varint(int64(encoding))
	}
	w.listField(3, len(c.Leaf.Path), typeBinary)
	for _, name := range c.Leaf.Path {
		w.string(name)
	}
	w.i32Field(4, int32(c.codec))
	w.i64Field(5, int64(c.entries))
	w.i64Field(6, int64(c.dictionaryRawSize+c.rawSize))
	w.i64Field(7, int64(c.Size()))
	w.i64Field(9, offset+int64(c.dictionary.size))
	if c.dictionary.size > 0 {
		w.i64Field(11, offset)
	}
	w.structField(12)
	w.i64Field(3, int64(c.nulls))
	if c.bounds.hasMax {
		w.binaryField(5, c.bounds.max)
	}
	if c.bounds.hasMin {
		w.binaryField(6, c.bounds.min)
	}
	if c.bounds.hasMax {
		w.boolField(7, c.bounds.maxExact)
	}
	if c.bounds.hasMin {
		w.boolField(8, c.bounds.minExact)
	}
	w.endStruct()
	c.encodingStats(&w)
	w.endStruct()
	return w.buf
}

// encodingStats counts pages by type and encoding. Readers see by it whether a dictionary covers
// the whole chunk.
func (c *EncodedColumn) encodingStats(w *compactWriter) {
	type stat struct{ page, encoding, count int32 }
	var stats []stat
	if c.dictionary.size > 0 {
		stats = append(stats, stat{2, encodingPlain, 1})
	}
	if n := len(c.pages) - c.dictionaryPages; n > 0 {
		stats = append(stats, stat{0, encodingPlain, int32(n)})
	}
	if c.dictionaryPages > 0 {
		stats = append(stats, stat{0, encodingRLEDictionary, int32(c.dictionaryPages)})
	}
	w.listField(13, len(stats), typeStruct)
	for _, s := range stats {
		w.beginStruct()
		w.i32Field(1, s.page)
		w.i32Field(2, s.encoding)
		w.i32Field(3, s.count)
		w.endStruct()
	}
}

// Boundary orders of a column index.
const (
	unordered  = 0
	ascending  = 1
	descending = 2
)

// columnIndex returns the ColumnIndex with the bounds of the pages, or nil if a page with values
// has no upper bound.
func (c *EncodedColumn) columnIndex() []byte {
	for i := range c.pages {
		if b := &c.pages[i].bounds; b.hasMin && !b.hasMax {
			return nil
		}
	}
	var w compactWriter
	w.beginStruct()
	w.listField(1, len(c.pages), typeTrue)
	for i := range c.pages {
		if c.pages[i].bounds.hasMin {
			w.buf = append(w.buf, typeFalse)
		} else {
			w.buf = append(w.buf, typeTrue) // only nulls
		}
	}
	w.listField(2, len(c.pages), typeBinary)
	for i := range c.pages {
		w.binary(c.pages[i].bounds.min)
	}
	w.listField(3, len(c.pages), typeBinary)
	for i := range c.pages {
		w.binary(c.pages[i].bounds.max)
	}
	w.i32Field(4, c.boundaryOrder())
	w.listField(5, len(c.pages), typeI64)
	for i := range c.pages {
		w.varint(int64(c.pages[i].nulls))
	}
	w.endStruct()
	return w.buf
}

func (c *EncodedColumn) boundaryOrder() int32 {
	up, down := true, true
	var last *bounds
	for i := range c.pages {
		b := &c.pages[i].bounds
		if !b.hasMin {
			continue
		}
		if last != nil {
			byMin, byMax := compareValues(&c.Leaf, b.min, last.min), compareValues(&c.Leaf, b.max, last.max)
			up = up && byMin >= 0 && byMax >= 0
			down = down && byMin <= 0 && byMax <= 0
		}
		last = b
	}
	switch {
	case up:
		return ascending
	case down:
		return descending
	}
	return unordered
}

// offsetIndex returns the OffsetIndex with the positions of the pages of a chunk that starts at
// offset.
func (c *EncodedColumn) offsetIndex(offset int64) []byte {
	var w compactWriter
	at, row := offset+int64(c.dictionary.size), int64(0)
	w.beginStruct()
	w.listField(1, len(c.pages), typeStruct)
	for i := range c.pages {
		p := &c.pages[i]
		w.beginStruct()
		w.i64Field(1, at)
		w.i32Field(2, int32(p.size))
		w.i64Field(3, row)
		w.endStruct()
		at += int64(p.size)
		row += int64(p.rows)
	}
	w.endStruct()
	return w.buf
}

// appendSchema appends the SchemaElements of the tree, depth first. The root has no repetition.
func appendSchema(w *compactWriter, n *Node, root bool) {
	w.beginStruct()
	if len(n.Children) == 0 && !root {
		w.i32Field(1, int32(n.Physical))
		if n.Physical == FixedLenByteArray {
			w.i32Field(2, int32(n.TypeLength))
		}
	}
	if !root {
		w.i32Field(3, int32(n.Repetition))
	}
	w.stringField(4, n.Name)
	if len(n.Children) > 0 || root {
		w.i32Field(5, int32(len(n.Children)))
	}
	appendLogicalType(w, &n.Logical)
	w.endStruct()
	for _, child := range n.Children {
		appendSchema(w, child, false)
	}
}

// appendLogicalType appends the annotation twice, as the converted type for old readers and as the
// logical type.
func appendLogicalType(w *compactWriter, t *LogicalType) {
	union := func(converted int32, id int16, fields func()) {
		w.i32Field(6, converted)
		if t.Kind == DecimalNumber {
			w.i32Field(7, t.Scale)
			w.i32Field(8, t.Precision)
		}
		w.structField(10)
		w.structField(id)
		fields()
		w.endStruct()
		w.endStruct()
	}
	none := func() {}
	switch t.Kind {
	case StringUTF8:
		union(0, 1, none)
	case MapGroup:
		union(1, 2, none)
	case ListGroup:
		union(3, 3, none)
	case DecimalNumber:
		union(5, 5, func() {
			w.i32Field(1, t.Scale)
			w.i32Field(2, t.Precision)
		})
	case DateDays:
		union(6, 6, none)
	case TimestampMicros:
		union(10, 8, func() {
			w.boolField(1, true) // UTC
			w.structField(2)
			w.emptyStructField(2) // MICROS
			w.endStruct()
		})
	}
}

// countNodes returns the number of nodes of the tree n.
func countNodes(n *Node) int {
	sum := 1
	for _, child := range n.Children {
		sum += countNodes(child)
	}
	return sum
}

// magic begins and ends every Parquet file.
var magic = []byte("PAR1")
