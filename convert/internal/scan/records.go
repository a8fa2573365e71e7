package scan

import (
	"bytes"
	"fmt"
	"unicode/utf8"

	"ndjson-parquet/convert/internal/source"
)

// SetLines sets the block of whole lines that TakeRecord reads. source.Slack more bytes of data
// must be readable.
func (r *Recorder) SetLines(data []byte) {
	r.buf = data[:len(data)+source.Slack]
	r.newline = -1
}

// A Record is the result of TakeRecord.
type Record struct {
	Start, End int // its position in the block
	Next       int // where to go on
	EndsLine   bool
	Absent     bool       // there was no record up to the end of the line
	Rescued    int        // number of rescued values
	Rejected   *Rejection // nil for a row
	Oddities   Oddity
	// Before and After are the numbers of CRs before and after the record that are not part of a
	// CRLF. After them, a line begins if another record follows.
	Before, After int
}

// An Oddity is a set of bytes before or after a record that are not white space.
type Oddity uint8

// The oddities.
const (
	OddNULs Oddity = 1 << iota
	OddRecordSeparator
	OddComma
	OddBracket // of an array that is written one record a line
)

// TakeRecord records the record that follows position start of the block. lineStart says that start
// is the start of a line.
func (r *Recorder) TakeRecord(start int, lineStart bool) Record {
	r.rescue.count = 0
	if lineStart {
		i := r.space(start)
		switch r.buf[i] {
		case '{':
			if end := r.scan(i); end != fail {
				if r.buf[end] == '\n' && end-i <= r.limits.LineBytes {
					r.endRow()
					return Record{Start: start, End: end, Next: end + 1, EndsLine: true, Rescued: r.rescue.count}
				}
				return r.endScanned(Record{Start: start}, end)
			}
			r.undo()
			return r.takeObject(Record{Start: start}, i)
		case '\n':
			return Record{Start: start, End: i, Next: i + 1, EndsLine: true, Absent: true}
		}
	}
	return r.takeAfterSeparators(start, lineStart)
}

// takeAfterSeparators is TakeRecord for the records that do not simply begin a line.
func (r *Recorder) takeAfterSeparators(start int, lineStart bool) Record {
	i, oddities, breaks := r.separators(start)
	rec := Record{Start: i, Oddities: oddities, Before: breaks}
	if lineStart && oddities == 0 {
		rec.Start = start // white space at the start of a line belongs to its record
	}
	if r.buf[i] == '[' && lineStart {
		if first := r.space(i + 1); r.buf[first] == '\n' || r.buf[first] == '{' && !r.isValue(i) {
			rec.Start, rec.Oddities = first, oddities|OddBracket
			i = first
		}
	}
	switch r.buf[i] {
	case '\n':
		rec.End, rec.Next, rec.EndsLine, rec.Absent = i, i+1, true, true
		return rec
	case '{':
		if end := r.scan(i); end != fail {
			return r.endScanned(rec, end)
		}
		r.undo()
		return r.takeObject(rec, i)
	}
	var end source.RecordEnd
	n, _, _ := end.Scan(r.buf[i : r.lineEnd(i)+1])
	rec.End = i + int(n)
	rec.Rejected = r.parser.parse(r.buf[rec.Start:rec.End])
	return r.finishRecord(rec)
}

// isValue reports whether the rest of the line from position i is one JSON value.
func (r *Recorder) isValue(i int) bool {
	rejected := r.parser.parse(r.buf[i:r.lineEnd(i)])
	return rejected == nil || rejected.Reason != reasonNotJSON
}

// endScanned completes a record that the scanner has read. i is the position of the first byte
// after it that is not white space.
func (r *Recorder) endScanned(rec Record, i int) Record {
	for rec.End = i; r.buf[rec.End-1] != '}'; {
		rec.End--
	}
	rec = r.finishRecord(rec)
	if rec.Rejected != nil {
		r.undo()
		return rec
	}
	rec.Rescued = r.rescue.count
	r.endRow()
	return rec
}

// takeObject parses the record whose opening brace is at i. It ends after the object, or where
// source.RecordEnd finds the end of one that is not valid.
func (r *Recorder) takeObject(rec Record, i int) Record {
	line := r.buf[rec.Start:r.lineEnd(i)]
	n, rejected := r.parser.parsePrefix(line)
	rec.End = rec.Start + n
	if rec.Rejected = rejected; rejected != nil {
		var end source.RecordEnd
		n, _, _ := end.Scan(r.buf[i : rec.Start+len(line)+1])
		rec.End = i + int(n)
	}
	if text := r.buf[rec.Start:rec.End]; !utf8.Valid(text) {
		rec.Rejected = badUTF8(text)
	}
	if rec = r.finishRecord(rec); rec.Rejected != nil {
		return rec
	}
	r.rescue.reset(line)
	r.record = r.serial + 1
	r.object(r.root, 0, 0)
	rec.Rescued = r.rescue.count
	r.endRow()
	return rec
}

// finishRecord reads the separators after a record, and rejects the record if it is too long. White
// space at the end of a line belongs to the record.
func (r *Recorder) finishRecord(rec Record) Record {
	next, oddities, breaks := r.separators(rec.End)
	rec.Oddities |= oddities
	rec.Next, rec.After = next, breaks
	if r.buf[next] == '\n' {
		if rec.EndsLine, rec.Next = true, next+1; oddities == 0 && breaks == 0 {
			rec.End = next
		}
	}
	if length := rec.End - r.space(rec.Start); length > r.limits.LineBytes {
		rec.Rejected = TooLong(int64(length), r.limits.LineBytes)
	}
	return rec
}

// separators skips the separators from position i. A closing bracket is skipped if the line has
// nothing else after it.
func (r *Recorder) separators(i int) (next int, oddities Oddity, breaks int) {
	bracket := -1 // position
	var before Oddity
	for ; ; i++ {
		switch r.buf[i] {
		case ' ', '\t':
		case '\r':
			if r.buf[i+1] != '\n' {
				breaks++
			}
		case ',':
			oddities |= OddComma
		case 0x1E:
			oddities |= OddRecordSeparator
		case 0:
			oddities |= OddNULs
		case '\n':
			return i, oddities, breaks
		case ']':
			if bracket < 0 {
				bracket, before = i, oddities
				oddities |= OddBracket
				continue
			}
			return bracket, before, breaks
		default:
			if bracket >= 0 {
				return bracket, before, breaks
			}
			return i, oddities, breaks
		}
	}
}

// lineEnd returns the position of the newline that ends the line of position i. It remembers the
// last one, because a line may have many records.
func (r *Recorder) lineEnd(i int) int {
	if r.newline < i {
		r.newline = i + bytes.IndexByte(r.buf[i:], '\n')
	}
	return r.newline
}

// TooLong returns the rejection of a record of length bytes where limit bytes are accepted.
func TooLong(length int64, limit int) *Rejection {
	return &Rejection{reasonTooLong, fmt.Sprintf("the record has %d bytes, %d are allowed", length, limit)}
}
