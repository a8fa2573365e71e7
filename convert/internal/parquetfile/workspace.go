package parquetfile

import "ndjson-parquet/convert/internal/snappy"

// A Workspace is memory that encoders share, as long as they are used by one goroutine at a time:
// what none of them needs from one call to the next. Its zero value is ready.
type Workspace struct {
	body    []byte   // a page's levels, or all of it
	packed  []byte   // a compressed page
	header  []byte   // a page's header
	indexes []uint32 // a page's values in the dictionary
	used    []byte   // which entries of the dictionary a page has
	snappy  *snappy.Encoder
}

func (w *Workspace) snappyEncoder() *snappy.Encoder {
	if w.snappy == nil {
		w.snappy = new(snappy.Encoder)
	}
	return w.snappy
}
