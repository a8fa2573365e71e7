package parquetfile

// An EncodedColumn is a finished column chunk in memory.
type EncodedColumn struct {
	Leaf Leaf

	codec      Codec
	dictionary blocks // the dictionary page with its header; empty if there is none
	data       blocks // the data pages with their headers
	pages      []pageMeta

	dictionaryRawSize int // with header, before compression
	dictionaryPages   int // data pages that use the dictionary
	rawSize           int // of the data pages with headers, before compression
	rows              int
	entries           int
	nulls             int
	bounds            bounds
	err               error
}

// pageMeta describes a data page.
type pageMeta struct {
	rows, entries, nulls int
	encoding             int32
	size                 int // with header, as stored
	rawSize              int // with header, before compression
	bounds               bounds
}

// Rows returns the number of rows.
func (c *EncodedColumn) Rows() int { return c.rows }

// Size returns the number of bytes that the chunk takes in the file.
func (c *EncodedColumn) Size() int { return c.dictionary.size + c.data.size }

// Release returns the buffers of the chunk to their pools. The chunk must not be used afterwards.
// [Writer.WriteRowGroup] releases its chunks; a chunk that is not written may be released by the
// caller.
func (c *EncodedColumn) Release() {
	c.dictionary.release()
	c.data.release()
}

func (c *EncodedColumn) add(p pageMeta) {
	c.pages = append(c.pages, p)
	c.rows += p.rows
	c.entries += p.entries
	c.nulls += p.nulls
	c.rawSize += p.rawSize
	if p.encoding == encodingRLEDictionary {
		c.dictionaryPages++
	}
	c.bounds.merge(&p.bounds, &c.Leaf)
}

// NullColumn returns a chunk with one page of rows without the leaf.
func NullColumn(leaf Leaf, codec Codec, rows int) *EncodedColumn {
	e := NewColumnEncoder(leaf, EncoderOptions{Codec: codec, PageRows: rows, PageBytes: rows + 1})
	e.AppendNulls(rows)
	return e.Finish()
}
