package parquetfile

import "encoding/binary"

// The encoding is chosen from the data: from a sample of the first page that has values, by what each choice would leave on
// disk, and again where later pages turn out otherwise.
const (
	dictionarySample = 8192 // values
	// A dictionary must be this much smaller than plain values to be worth its look-ups, here and in readers.
	dictionaryGain = 0.9
)

// decide chooses between a dictionary and plain values for a column chunk. A chosen dictionary is left empty.
func (e *ColumnEncoder) decide(last bool) {
	e.encoding = plain
	if e.dictionary == nil {
		e.dictionary = newDictionary(&e.leaf)
	}
	e.dictionary.reset()
	if len(e.page.constants) > 0 {
		e.encoding, e.plainShare = dictionaryCoded, 1
		return
	}
	if e.dictionaryPays(last) {
		e.encoding = dictionaryCoded
	}
	e.dictionary.reset()
	e.indexes = e.indexes[:0]
}

// dictionaryPays estimates the size of the whole chunk both ways.
func (e *ColumnEncoder) dictionaryPays(last bool) bool {
	p := &e.page
	n := min(p.nonNull, dictionarySample)
	sample := e.firstValues(n)
	var ok bool
	if e.indexes, ok = e.dictionary.add(sample, e.indexes, e.limits()); !ok {
		return false
	}
	values := float64(p.nonNull)
	if !last && e.opts.ExpectedRows > p.rows {
		values *= float64(e.opts.ExpectedRows) / float64(p.rows)
	}
	distinct := estimateDistinct(n, e.dictionary.len(), values)
	entries := distinct * float64(len(e.dictionary.plain())) / float64(e.dictionary.len())
	plainBytes := values * float64(len(sample)) / float64(n)
	if distinct > maxDictionaryValues || entries > float64(e.opts.DictionaryBytes) || entries > dictionaryGain*plainBytes {
		return false
	}
	codec := e.opts.Codec
	e.plainShare, e.compressed = codec.compressedShare(e.compressed, sample)
	e.entryShare, e.compressed = codec.compressedShare(e.compressed, e.dictionary.plain())

	// What the codec and runs make of the indexes is measured at the sample's width.
	indexBytes := values * float64(indexWidth(int(distinct+0.5))) / 8
	if width := indexWidth(e.dictionary.len()); width > 0 {
		e.body = appendHybridIndexes(e.body[:0], e.indexes, width)
		var share float64
		share, e.compressed = codec.compressedShare(e.compressed, e.body)
		indexBytes *= share * float64(len(e.body)) / (float64(n*width) / 8)
	}
	return entries*e.entryShare+indexBytes < dictionaryGain*plainBytes*e.plainShare
}

// firstValues is the first n values of the page, PLAIN.
func (e *ColumnEncoder) firstValues(n int) []byte {
	values := e.page.values
	if e.width > 0 {
		return values[:n*e.width]
	}
	at := 0
	for range n {
		at += 4 + int(binary.LittleEndian.Uint32(values[at:]))
	}
	return values[:at]
}

// estimateDistinct says how many distinct values to expect among total if there are distinct among the first n, as though
// all were drawn evenly from one set. Where some values are commoner than others that is too many early on, and too few
// later; the encoder notices the latter page by page.
func estimateDistinct(n, distinct int, total float64) float64 {
	drawn, seen := float64(n), float64(distinct)
	if total <= drawn || distinct == 1 {
		return seen
	}
	if distinct == n {
		return total
	}
	// The expected number seen grows with the set's size: bisect for the size.
	lo, hi := seen, total*total
	for range 64 {
		size := (lo + hi) / 2
		if expectedDistinct(size, drawn) < seen {
			lo = size
		} else {
			hi = size
		}
	}
	return expectedDistinct(hi, total)
}

// expectedDistinct is how many different values n draws from a set of that size show: size*(1-exp(-n/size)). The
// exponential is spelt out, since math.Exp is not the same to the last bit on every architecture and the choice of
// encoding must be.
func expectedDistinct(size, n float64) float64 {
	x := n / size
	if x > 40 {
		return size
	}
	if x < 1e-4 { // 1-exp(-x) would lose its digits
		return n - n*x/2
	}
	missed := 1 - x/4096
	for range 12 {
		missed *= missed
	}
	return size * (1 - missed)
}
