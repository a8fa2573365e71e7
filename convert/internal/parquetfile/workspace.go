package parquetfile

import "ndjson-parquet/convert/internal/snappy"

// A Workspace is memory that encoders need during a call only. Encoders that are used by one
// goroutine at a time can share it. The zero value is ready to use.
type Workspace struct {
	body    []byte   // levels of a page, or the whole page
	packed  []byte   // a compressed page
	header  []byte   // header of a page
	indexes []uint32 // indexes of a page's values in the dictionary
	used    []byte   // the entries of the dictionary that a page has
	snappy  *snappy.Encoder
}

func (w *Workspace) snappyEncoder() *snappy.Encoder {
	if w.snappy == nil {
		w.snappy = new(snappy.Encoder)
	}
	return w.snappy
}
