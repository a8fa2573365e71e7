package source

import (
	"errors"
	"fmt"
	"io"
)

// maxLayers limits how often data can be compressed.
const maxLayers = 3

// A decoder reads a source as UTF-8 text: it decompresses it, as often as it is compressed, and
// converts UTF-16. It begins with the first call of Read, so that a source that waits for its turn
// needs no memory.
type decoder struct {
	in          *Input
	stored      *offsetReader
	format      *format // of the source; nil if it is not compressed
	detectInner bool
	window      int64 // the largest zstd window
	records     *RecordsPath
	layers      []*decompressor
	r           io.Reader
}

// Read implements io.Reader.
func (d *decoder) Read(p []byte) (int, error) {
	if d.r == nil {
		r, err := d.begin()
		if err != nil {
			return 0, err
		}
		if d.records != nil {
			r = &documents{r: r, path: d.records, notes: &d.in.notes}
		}
		d.r = r
	}
	return d.r.Read(p)
}

// begin determines the layers of the source.
func (d *decoder) begin() (io.Reader, error) {
	r := d.stored
	for f := d.format; f != nil; {
		layer := &decompressor{format: f, raw: d.in.raw, stored: r, window: d.window, notes: &d.in.notes}
		d.layers = append(d.layers, layer)
		r = newOffsetReader(layer)
		head, err := r.Peek(headSize)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		inner := detectFormat("", head)
		if inner == nil || !d.detectInner {
			break
		}
		if len(d.layers) == maxLayers {
			return nil, fmt.Errorf("%w: it is compressed more than %d times", ErrUnsupported, maxLayers)
		}
		if len(d.layers) == 1 {
			d.in.notes.add(CompressedTwice, 0, fmt.Sprintf("the %s data holds %s data; it was decompressed again",
				f.name, inner.name))
		}
		f = inner
	}
	head, err := r.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	order := utf16Order(head)
	if order == nil {
		return r, nil
	}
	if _, err := r.Discard(2); err != nil {
		return nil, err
	}
	d.in.notes.add(UTF16, 0, "the text is in UTF-16; it was converted to UTF-8, in which offsets count")
	return &utf16Reader{r: r, order: order}, nil
}

// Close releases the memory of the decompressors.
func (d *decoder) Close() error {
	for _, layer := range d.layers {
		_ = layer.Close() // only memory is released
	}
	return nil
}
