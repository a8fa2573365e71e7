package parquetfile

import "encoding/binary"

// The encoding is chosen by the size that a sample of the first page with values has in each
// encoding, and chosen again if later pages differ.
const (
	dictionarySample = 8192 // values
	earlySample      = 1024
	// A dictionary must be smaller than plain values by this factor, because its look-ups take time
	// here and in readers.
	dictionaryGain = 0.9
	// No codec compresses plain values to less than about this share in practice: Snappy makes at
	// least 3 bytes of 64. A smaller dictionary need not be compared with them.
	leastShare = 0.047
)

// decide chooses between a dictionary and plain values for a column chunk. The dictionary is empty
// afterwards.
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
		e.compressor.thorough = false // indexes have no short repetitions
		e.dictionary.reserve(int(t.distinct), int(t.entryBytes))
	} else if e.plainShare == 0 {
		e.compressor.choose(e.page.values())
	}
}

// tryDictionary adds a sample to the dictionary and extrapolates. It reports false if there are too
// many distinct values for a dictionary, after few values of a column in which most are distinct.
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

	// The size of the indexes after runs and compression is measured at the width of the sample's
	// indexes.
	if width := indexWidth(e.dictionary.len()); width > 0 {
		e.work.body = appendHybridIndexes(e.work.body[:0], e.work.indexes, width)
		packed := float64(len(e.work.indexes)*width) / 8
		indexBytes *= e.compressor.share(e.work.body) * float64(len(e.work.body)) / packed
	}
	return t.entryBytes*e.entryShare+indexBytes < dictionaryGain*t.plainBytes*e.plainShare
}

// samplePlain measures the compressed share of plain values, and chooses the snappy encoder by
// them.
func (e *ColumnEncoder) samplePlain(values []byte) {
	e.compressor.choose(values)
	e.plainShare = e.compressor.share(values)
}

// stillPays reports whether the dictionary is the right choice for the page whose indexes have just
// been looked up, during which the dictionary has grown by some bytes.
func (e *ColumnEncoder) stillPays(grown int) bool {
	p := &e.page
	if len(p.constants) > 0 || float64(len(e.dictionary.plain())) <= e.entryBytes {
		return true // it grows as expected, and ever more slowly
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
	sample     []byte  // values that have been looked up, PLAIN
	values     float64 // in the chunk
	plainBytes float64 // of all values
	distinct   float64 // values in the chunk
	entryBytes float64 // of these

	early, earlySeen float64 // an earlier size of the sample, and the number of distinct values in it
}

// try adds the first n values of the page to the dictionary, except those that are in t.sample
// already.
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

// firstValues returns the first n values of the page, PLAIN.
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

// extrapolate estimates t.distinct by the first n values.
//
// The first estimate assumes values drawn uniformly from one set. It is too low if some values are
// more frequent than others. Two sizes of the sample reveal that: such values have fewer distinct
// ones at first than uniform ones would. The number of distinct values then lies, for some time,
// between the uniform estimate and growth at the rate of the second part of the sample. Later the
// size of the set limits it again, and growth at that rate would be far too much.
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

// setSize returns the size of the set of which n draws are expected to yield the given number of
// distinct values. If all are distinct, it is larger than total draws could distinguish.
func setSize(n, seen, total float64) float64 {
	lo, hi := seen, total*total
	if seen == n {
		return hi
	}
	// The expected number grows with the size of the set, so that bisection finds it.
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

// expectedDistinct returns the expected number of distinct values in n draws from a set of that
// size: size*(1-exp(-n/size)). It does not use math.Exp, whose last bit differs between
// architectures, because the choice of the encoding must not.
func expectedDistinct(size, n float64) float64 {
	x := n / size
	if x > 40 {
		return size
	}
	if x < 1e-4 { // 1-exp(-x) would lose precision
		return n - n*x/2
	}
	missed := 1 - x/4096
	for range 12 {
		missed *= missed
	}
	return size * (1 - missed)
}
