package parquetfile

// A valueEncoding is how a column's values are written from now on.
type valueEncoding uint8

const (
	undecided valueEncoding = iota // there has been no value yet
	plain
	dictionaryCoded // may fall back to plain
)

// Encodings as the format numbers them.
const (
	encodingPlain         int32 = 0
	encodingRLE           int32 = 3
	encodingRLEDictionary int32 = 8
)

// closePage encodes, compresses and stores the page. last tells that no page follows.
func (e *ColumnEncoder) closePage(last bool) {
	p := &e.page
	indexed := e.indexValues(last)
	if !indexed {
		p.layOut()
	}

	levels := e.work.body[:0]
	if e.leaf.MaxRep > 0 {
		levels = p.reps.encode(levels, e.leaf.MaxRep)
	}
	if e.leaf.MaxDef > 0 {
		levels = p.defs.encode(levels, e.leaf.MaxDef)
	}
	meta := pageMeta{rows: p.rows, entries: p.defs.n, nulls: p.defs.n - p.nonNull}
	var body []byte
	switch {
	case indexed:
		width := indexWidth(e.dictionary.len())
		body = append(levels, byte(width))
		body = appendHybridIndexes(body, e.work.indexes, width)
		e.work.body = body
		meta.encoding = encodingRLEDictionary
		meta.bounds = e.indexedBounds()
	case e.leaf.Physical == Boolean:
		body = appendBooleans(levels, p.values())
		e.work.body = body
		meta.bounds = e.plainBounds()
	default:
		body = p.prepend(levels)
		e.work.body = levels
		meta.bounds = e.plainBounds()
	}
	e.store(body, meta)
	p.reset()
}

// indexValues puts the dictionary indexes of the page's values into e.work.indexes, if the page is
// to be dictionary-coded.
func (e *ColumnEncoder) indexValues(last bool) bool {
	p := &e.page
	e.work.indexes = e.work.indexes[:0]
	if p.nonNull == 0 {
		return false
	}
	if e.encoding == undecided {
		e.decide(last)
	}
	if e.encoding == plain {
		return false
	}
	known, knownBytes := e.dictionary.len(), len(e.dictionary.plain())
	if e.addToDictionary() {
		if known == 0 || e.stillPays(len(e.dictionary.plain())-knownBytes) {
			return true
		}
	}
	// The dictionary is full, or no longer pays. What it holds serves the pages before this one.
	e.dictionary.truncate(known)
	e.work.indexes = e.work.indexes[:0]
	e.encoding = plain
	p.layOut()
	e.compressor.choose(p.values())
	return false
}

func (e *ColumnEncoder) limits() dictionaryLimits {
	return dictionaryLimits{values: maxDictionaryValues, bytes: e.opts.DictionaryBytes}
}

// addToDictionary looks up, or adds, all values of the page.
func (e *ColumnEncoder) addToDictionary() (ok bool) {
	if len(e.page.constants) == 0 {
		e.work.indexes, ok = e.dictionary.add(e.page.values(), e.page.nonNull, e.work.indexes, e.limits())
		return ok
	}
	for _, c := range e.page.constants {
		if e.work.indexes, ok = e.dictionary.add(c.value, 1, e.work.indexes, e.limits()); !ok {
			return false
		}
		index := e.work.indexes[len(e.work.indexes)-1]
		for range c.n - 1 {
			e.work.indexes = append(e.work.indexes, index)
		}
	}
	return true
}

// plainBounds finds the smallest and largest of the page's values.
func (e *ColumnEncoder) plainBounds() bounds {
	var f boundsFinder
	f.observe(&e.leaf, e.page.values())
	return f.bounds(&e.leaf)
}

// indexedBounds finds them among the dictionary's entries that the page uses, where these are the
// fewer.
func (e *ColumnEncoder) indexedBounds() bounds {
	n := e.dictionary.len()
	if n > len(e.work.indexes)/2 && len(e.page.constants) == 0 {
		return e.plainBounds()
	}
	used := appendRepeated(e.work.used[:0], 0, n)
	for _, i := range e.work.indexes {
		used[i] = 1
	}
	var f boundsFinder
	entries := e.dictionary.plain()
	for i, at := 0, 0; i < n; i++ {
		size := e.valueSize(entries[at:])
		if used[i] != 0 {
			f.observe(&e.leaf, entries[at:at+size])
		}
		at += size
	}
	e.work.used = used
	return f.bounds(&e.leaf)
}

// store compresses a page's body and adds it to the chunk.
func (e *ColumnEncoder) store(body []byte, meta pageMeta) {
	out := e.out
	if tooLarge(len(body)) {
		out.err = errPageTooLarge
		return
	}
	packed, stored := e.compressor.dataPage(body)
	size := len(packed)
	if stored {
		size = storedLen(len(body))
	}
	if tooLarge(size) {
		out.err = errPageTooLarge
		return
	}
	e.work.header = appendDataPageHeader(e.work.header[:0], len(body), size, &meta)
	meta.size = len(e.work.header) + size
	meta.rawSize = len(e.work.header) + len(body)
	out.data.append(e.work.header)
	if stored {
		appendStored(&out.data, body)
	} else {
		out.data.append(packed)
	}
	out.add(meta)
}

// writeDictionary compresses and stores the dictionary page.
func (e *ColumnEncoder) writeDictionary() {
	out := e.out
	entries := e.dictionary.plain()
	e.compressor.choose(entries)
	packed := e.compressor.compress(entries)
	e.work.header = appendDictionaryPageHeader(e.work.header[:0], len(entries), len(packed), e.dictionary.len())
	out.dictionary.append(e.work.header)
	out.dictionary.append(packed)
	out.dictionaryRawSize = len(e.work.header) + len(entries)
}
