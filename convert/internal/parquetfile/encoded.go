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

// Rows is the number of rows.
func (c *EncodedColumn) Rows() int { return c.rows }

// Size is the number of bytes the chunk takes in the file.
func (c *EncodedColumn) Size() int { return c.dictionary.size + c.data.size }

// Release gives the chunk's buffers back. [Writer.WriteRowGroup] does that for the chunks it is
// given; a chunk that is never written may be released by hand. The chunk must not be used
// afterwards.
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

// NullColumn returns a chunk of one page of rows in which the leaf is missing.
func NullColumn(leaf Leaf, codec Codec, rows int) *EncodedColumn {
	e := NewColumnEncoder(leaf, EncoderOptions{Codec: codec, PageRows: rows, PageBytes: rows + 1})
	e.AppendNulls(rows)
	return e.Finish()
}
