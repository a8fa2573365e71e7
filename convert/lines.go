package convert

import (
	"bytes"

	"ndjson-parquet/convert/internal/scan"
	"ndjson-parquet/convert/internal/source"
)

// A lineCounter records the records of a segment, and counts them and the lines.
type lineCounter struct {
	recorder  *scan.Recorder
	counts    *Counts
	lines     *int64 // line ends so far
	log       *rejectLog
	oddities  *oddityLog
	segment   int
	maxRecord int  // bytes
	documents bool // the records are from documents, see source.RecordsPath

	hasRecord bool        // the current line has had a record
	breaks    int         // CRs since then
	pending   scan.Oddity // of separators that a block without a record ended with
}

// record records the records of a block.
func (c *lineCounter) record(b source.Block) {
	lineStart := b.Part&source.Continues == 0
	c.hasRecord = b.Part&source.AfterRecord != 0
	c.breaks = b.Breaks
	unended := b.Part&source.Unended != 0
	if b.Skipped > 0 {
		c.counts.Lines++
		c.startRecord(b.Offset)
		c.reject(b.Offset, b.Skipped, scan.TooLong(b.Skipped, c.maxRecord), b.Data)
		if !unended {
			c.endLine()
		}
		return
	}
	c.recorder.SetLines(b.Data)
	start := 0
	if b.Offset == 0 && len(b.Data) >= 3 && string(b.Data[:3]) == "\xEF\xBB\xBF" {
		start = 3 // a byte order mark
	}
	for start < len(b.Data) {
		r := c.recorder.TakeRecord(start, lineStart)
		start = r.Next
		c.breaks += r.Before
		endsLine := r.EndsLine && (!unended || r.Next != len(b.Data))
		switch {
		case !r.Absent:
			c.take(b, &r)
		case endsLine && !c.hasRecord && !c.documents:
			c.counts.Lines++
			c.counts.Blank++
		}
		if c.pending |= r.Oddities; c.pending != 0 && (endsLine || !r.Absent) {
			c.countOddities(b.Offset + int64(r.Start))
		}
		if c.breaks += r.After; endsLine {
			c.endLine()
		}
		lineStart = endsLine
	}
}

// take counts a record.
func (c *lineCounter) take(b source.Block, r *scan.Record) {
	c.counts.Lines++
	if c.documents {
		for source.IsSeparator(b.Data[r.Start]) {
			r.Start++
		}
		for source.IsSeparator(b.Data[r.End-1]) {
			r.End--
		}
		// Within a record, each CR is a LF of the document.
		defer func() { *c.lines += int64(bytes.Count(b.Data[r.Start:r.End], []byte("\r"))) }()
	}
	offset := b.Offset + int64(r.Start)
	c.startRecord(offset)
	if r.Rejected != nil {
		c.reject(offset, int64(r.End-r.Start), r.Rejected, b.Data[r.Start:r.End])
		return
	}
	c.counts.Rows++
	c.counts.Rescued += int64(r.Rescued)
	if r.Rescued > 0 {
		for _, m := range c.recorder.NewMisfits() {
			m.Segment, m.Line, m.Offset = c.segment, *c.lines+1, offset
		}
	}
}

func (c *lineCounter) reject(offset, length int64, r *scan.Rejection, raw []byte) {
	c.counts.Rejected++
	if c.documents {
		raw = bytes.ReplaceAll(raw, []byte("\r"), []byte("\n"))
	}
	c.log.add(c.segment, *c.lines+1, offset, length, r, raw)
}

// startRecord records that the line has a record. One that follows another after a CR is on a line
// of its own.
func (c *lineCounter) startRecord(offset int64) {
	if c.hasRecord && c.breaks > 0 {
		c.addOddity(CRLineEnds, int64(c.breaks), offset)
		*c.lines += int64(c.breaks)
	} else if c.hasRecord {
		c.addOddity(JoinedRecords, 1, offset)
	}
	c.hasRecord, c.breaks = true, 0
}

func (c *lineCounter) endLine() {
	*c.lines++
	c.hasRecord, c.breaks = false, 0
}

// countOddities counts what the separators of a record had.
func (c *lineCounter) countOddities(offset int64) {
	for _, o := range [...]struct {
		flag scan.Oddity
		kind OddityKind
	}{
		{scan.OddNULs, NULs}, {scan.OddRecordSeparator, RecordSeparators}, {scan.OddComma, Commas},
		{scan.OddBracket, ArrayBrackets},
	} {
		if c.pending&o.flag != 0 {
			c.addOddity(o.kind, 1, offset)
		}
	}
	c.pending = 0
}

func (c *lineCounter) addOddity(kind OddityKind, n, offset int64) {
	if c.documents {
		return // they are of source.documents
	}
	c.oddities.add(kind, "", n, c.segment, *c.lines+1, offset, oddityDetails[kind])
}

// note records what was unusual about the source as a whole.
func (c *lineCounter) note(notes []source.Note) {
	for _, n := range notes {
		c.oddities.add(OddityKind(n.Kind), "", 1, c.segment, 0, n.Offset, n.Detail)
	}
}
