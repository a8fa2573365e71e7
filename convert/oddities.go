package convert

import (
	"cmp"
	"slices"

	"ndjson-parquet/convert/internal/source"
)

// An Oddity is something unusual in the input that did not stop the conversion, such as several
// records on one line, or a declared column that most values do not fit. A Result has at most one
// for each kind and column.
type Oddity struct {
	Kind OddityKind
	// Column is the path of the column, such as "user.age", or empty if the oddity does not
	// concern one.
	Column string
	// Count is the number of occurrences: of values if Column is set, and otherwise of records or
	// lines.
	Count int64
	// First is the place of the first occurrence in the order of the sources.
	First Place
	// Detail says in English what was found, and what to do about it where something can be done.
	Detail string
}

// An OddityKind names a kind of oddity. The kinds are part of the output of commands.
type OddityKind string

// The kinds.
const (
	// MostlyRescued means that more than half of the values of a column of Options.Base were
	// rescued. Count is the number of rescued values.
	MostlyRescued OddityKind = "mostly-rescued"
	// MapLikeStruct means that the keys of a struct of Options.Base are data, so that it would be a
	// map if it were new. Count is the number of objects.
	MapLikeStruct OddityKind = "map-like-struct"
	// JoinedRecords are records that follow another one on the same line.
	JoinedRecords OddityKind = "joined-records"
	// CRLineEnds are line ends that are a CR without a LF.
	CRLineEnds OddityKind = "cr-line-ends"
	// RecordSeparators are records with the separator 0x1E of RFC 7464.
	RecordSeparators OddityKind = "record-separators"
	// NULs are runs of NUL bytes beside a record.
	NULs OddityKind = "nul-bytes"
	// Commas are records with a comma before or after them.
	Commas OddityKind = "commas"
	// ArrayBrackets are brackets of an array that is written one record a line.
	ArrayBrackets OddityKind = "array-brackets"
	// ZeroPadding are zeros after compressed data. Place.Offset counts before decompression, here
	// and in the next two.
	ZeroPadding = OddityKind(source.ZeroPadding)
	// TrailingBytes are other bytes after compressed data that are not part of it.
	TrailingBytes = OddityKind(source.TrailingBytes)
	// CompressedTwice means that compressed data held compressed data.
	CompressedTwice = OddityKind(source.CompressedTwice)
	// UTF16 means that a source was in UTF-16. Place.Offset counts in UTF-8.
	UTF16 = OddityKind(source.UTF16)
	// NoRecordsPath are documents that have nothing at Options.RecordsPath.
	NoRecordsPath = OddityKind(source.NoRecordsPath)
	// TruncatedDocument means that a source ends within a document.
	TruncatedDocument = OddityKind(source.TruncatedDocument)
)

// oddityDetails has the details that do not depend on the input.
var oddityDetails = map[OddityKind]string{
	JoinedRecords:    "several records are on one line; each was read as a record of its own",
	CRLineEnds:       "lines end with CR alone; each was read as a line",
	RecordSeparators: "records are marked with the separator 0x1E (RFC 7464); it was skipped",
	NULs: "NUL bytes are beside a record, as a log that was truncated while it was written has them; " +
		"they were skipped",
	Commas:        "commas are beside records; they were skipped",
	ArrayBrackets: "the lines are elements of an array; its brackets were skipped",
}

// A Place is a position in a source.
type Place struct {
	URI    string
	Line   int64 // counted from 1; 0 if the oddity does not concern one
	Offset int64 // of the record's first byte, after decompression
}

// An oddityLog collects the oddities of a span. Places have segments and lines of segments until
// the spans are merged, because the number of lines before a span is not known earlier.
type oddityLog struct {
	entries map[oddityKey]*oddityEntry
}

type oddityKey struct {
	kind   OddityKind
	column string
}

type oddityEntry struct {
	count        int64
	segment      int
	line, offset int64
	detail       string
}

// add counts n occurrences. segment, line, which counts from 1 in the segment and is 0 if there is
// none, offset and detail are those of the first one, and are ignored if the log has an entry of
// the kind and column.
func (l *oddityLog) add(kind OddityKind, column string, n int64, segment int, line, offset int64, detail string) {
	key := oddityKey{kind, column}
	if e := l.entries[key]; e != nil {
		e.count += n
		return
	}
	if l.entries == nil {
		l.entries = map[oddityKey]*oddityEntry{}
	}
	l.entries[key] = &oddityEntry{n, segment, line, offset, detail}
}

// oddities merges the oddities of all spans, sorted by kind and column.
func (p *pass) oddities() []Oddity {
	merged := map[oddityKey]*Oddity{}
	before := make([]int64, len(p.sources)) // by source: lines in earlier segments
	for _, r := range p.results {
		starts := make([]int64, len(r.span.segments))
		for i := range r.span.segments {
			source := r.span.segments[i].source
			starts[i] = before[source]
			before[source] += r.lines[i]
		}
		for key, e := range r.oddities.entries {
			if o := merged[key]; o != nil {
				o.Count += e.count
				continue
			}
			first := Place{URI: p.sources[r.span.segments[e.segment].source].URI, Offset: e.offset}
			if e.line > 0 {
				first.Line = starts[e.segment] + e.line
			}
			merged[key] = &Oddity{Kind: key.kind, Column: key.column, Count: e.count, Detail: e.detail, First: first}
		}
	}
	all := p.mapLikeStructs()
	for _, o := range merged {
		all = append(all, *o)
	}
	slices.SortFunc(all, func(a, b Oddity) int {
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Column, b.Column))
	})
	return all
}
