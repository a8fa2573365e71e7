package parquetfile

import "encoding/binary"

// The encoding is chosen from the data: from a sample of the first page that has values, by what
// each choice would leave on disk, and again where later pages turn out otherwise.
const (
	dictionarySample = 8192 // values
	earlySample      = 1024
	// A dictionary must be this much smaller than plain values to be worth its look-ups, here and
	// in readers.
	dictionaryGain = 0.9
	// No codec leaves less than about this much of plain values in practice: Snappy at best 3 bytes
	// of 64. What is smaller need not be compared with it.
	leastShare = 0.047
)

// decide chooses between a dictionary and plain values for a column chunk. A chosen dictionary is
// left empty.
func (e *ColumnEncoder) decide(last bool) {
	e.encoding = plain
	if e.dictionary == nil {
		e.dictionary = newDictionary(&e.leaf)
	}
	e.dictionary.reset()
	if len(e.page.constants) > 0 {
		e.encoding = dictionaryCoded
		return
	}
	t, ok := e.tryDictionary(last)
	pays := ok && e.dictionaryPays(&t)
	e.dictionary.reset()
	e.work.indexes = e.work.indexes[:0]
	if pays {
		e.encoding, e.entryBytes = dictionaryCoded, t.entryBytes
		e.compressor.thorough = false // indexes hold no short repetitions
		e.dictionary.reserve(int(t.distinct), int(t.entryBytes))
	} else if e.plainShare == 0 {
		e.compressor.choose(e.page.values())
	}
}

// tryDictionary puts a sample into the dictionary and extrapolates. It reports false when there are
// too many different values for a dictionary; columns of mostly different values are told early.
func (e *ColumnEncoder) tryDictionary(last bool) (t dictionaryTrial, ok bool) {
	n := min(e.page.nonNull, earlySample)
	if !e.try(&t, n, last) || t.entryBytes > dictionaryGain*t.plainBytes {
		return t, false
	}
	if m := min(e.page.nonNull, dictionarySample); m > n && !e.try(&t, m, last) {
		return t, false
	}
	ok = t.distinct <= maxDictionaryValues && t.entryBytes <= float64(e.opts.DictionaryBytes) &&
		t.entryBytes <= dictionaryGain*t.plainBytes
	return t, ok
}

// dictionaryPays estimates the size of the whole chunk both ways.
func (e *ColumnEncoder) dictionaryPays(t *dictionaryTrial) bool {
	indexBytes := t.values * float64(indexWidth(int(t.distinct+0.5))) / 8
	if t.entryBytes+indexBytes < leastShare*t.plainBytes {
		return true
	}
	e.samplePlain(t.sample)
	e.entryShare = e.compressor.share(e.dictionary.plain())

	// What the codec and runs make of the indexes is measured at the sample's width.
	if width := indexWidth(e.dictionary.len()); width > 0 {
		e.work.body = appendHybridIndexes(e.work.body[:0], e.work.indexes, width)
		packed := float64(len(e.work.indexes)*width) / 8
		indexBytes *= e.compressor.share(e.work.body) * float64(len(e.work.body)) / packed
	}
	return t.entryBytes*e.entryShare+indexBytes < dictionaryGain*t.plainBytes*e.plainShare
}

// samplePlain finds out what the codec leaves of plain values, and how it is best used on them.
func (e *ColumnEncoder) samplePlain(values []byte) {
	e.compressor.choose(values)
	e.plainShare = e.compressor.share(values)
}

// stillPays reports whether the dictionary was the right choice for the page whose indexes were
// just looked up, during which the dictionary grew by some bytes.
func (e *ColumnEncoder) stillPays(grown int) bool {
	p := &e.page
	if len(p.constants) > 0 || float64(len(e.dictionary.plain())) <= e.entryBytes {
		return true // it grows as expected, and less and less
	}
	cost := float64(grown)*e.entryShare + float64(p.nonNull*indexWidth(e.dictionary.len())/8)
	if cost < leastShare*float64(p.bytes) {
		return true
	}
	if e.plainShare == 0 {
		e.samplePlain(p.values())
		e.compressor.thorough = false
	}
	return cost < e.plainShare*float64(p.bytes)
}

// A dictionaryTrial extrapolates from a sample of the first page to the column chunk.
type dictionaryTrial struct {
	sample     []byte  // the values looked up, PLAIN
	values     float64 // in the chunk
	plainBytes float64 // of all values
	distinct   float64 // values in the chunk
	entryBytes float64 // of these

	early, earlySeen float64 // the sample's size when it was last looked at, and the different values in it
}

// try puts the first n values of the page into the dictionary, those before t.sample's end
// excepted.
func (e *ColumnEncoder) try(t *dictionaryTrial, n int, last bool) (ok bool) {
	known := len(e.work.indexes)
	sample := e.firstValues(n)
	if e.work.indexes, ok = e.dictionary.add(sample[len(t.sample):], n-known, e.work.indexes, e.limits()); !ok {
		return false
	}
	t.sample = sample
	t.values = float64(e.page.nonNull)
	if !last && e.opts.ExpectedRows > e.page.rows {
		t.values *= float64(e.opts.ExpectedRows) / float64(e.page.rows)
	}
	t.plainBytes = t.values * float64(len(sample)) / float64(n)
	t.extrapolate(float64(n), float64(e.dictionary.len()))
	t.entryBytes = t.distinct * float64(len(e.dictionary.plain())) / float64(e.dictionary.len())
	return true
}

// firstValues is the first n values of the page, PLAIN.
func (e *ColumnEncoder) firstValues(n int) []byte {
	values := e.page.values()
	if e.width > 0 {
		return values[:n*e.width]
	}
	at := 0
	for range n {
		at += 4 + int(binary.LittleEndian.Uint32(values[at:]))
	}
	return values[:at]
}

// extrapolate estimates t.distinct from what the first n values show.
//
// At first it is as though all values were drawn evenly from one set. Where some values are
// commoner than others that becomes too few. It shows when there are two points to look at: such
// values start with fewer different ones than an even draw would. For some time the truth then lies
// between that and going on at the pace of the second part; further on the set's size tells again,
// and going on at the pace would be far too many.
func (t *dictionaryTrial) extrapolate(n, seen float64) {
	const horizon = 4 // times n
	t.distinct = seen
	if t.values > n && seen > 1 {
		size := setSize(n, seen, t.values)
		t.distinct = expectedDistinct(size, t.values)
		if t.early > 0 && t.earlySeen < 0.98*expectedDistinct(size, t.early) {
			far := min(t.values, horizon*n)
			pace := (seen - t.earlySeen) / (n - t.early)
			t.distinct += max(0, seen+pace*(far-n)-expectedDistinct(size, far)) / 2
		}
	}
	t.early, t.earlySeen = n, seen
}

// setSize is the size of the set of which n draws show that many different values. Where all were
// different, it is beyond what total draws could tell.
func setSize(n, seen, total float64) float64 {
	lo, hi := seen, total*total
	if seen == n {
		return hi
	}
	// The expected number seen grows with the set's size: bisect.
	for range 64 {
		size := (lo + hi) / 2
		if expectedDistinct(size, n) < seen {
			lo = size
		} else {
			hi = size
		}
	}
	return hi
}

// expectedDistinct is how many different values n draws from a set of that size show:
// size*(1-exp(-n/size)). The exponential is spelt out, since math.Exp is not the same to the last
// bit on every architecture and the choice of encoding must be.
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
