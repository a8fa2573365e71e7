package source

import (
	"bytes"
	"errors"
	"io"
	"sync"
)

// BlockSize is about how many bytes of input a block has: few enough that its columns are still in
// the processor's cache when they are encoded.
const BlockSize = 256 << 10

// MaxRawBytes is how much of a rejected line is kept, in bytes.
const MaxRawBytes = 1 << 20

// Slack is how many bytes are readable after a block, so that 32 bytes can be loaded from any
// position in it.
const Slack = 32

// A Block is a sequence of whole lines of a source.
type Block struct {
	Data   []byte // ends with a newline; Slack more bytes are readable
	Offset int64  // of Data in the source, after decompression
	// Skipped, if it is not 0, is the length of a single record that is too long, of which Data is
	// the beginning.
	Skipped int64
	// Part says whether the block begins or ends inside a line. A line is divided, between two of
	// its records, only if it is long.
	Part Part
	// Breaks is the number of CRs between the last record of the line and the block.
	Breaks int
}

// A Part is a set of flags about the ends of a block.
type Part uint8

// The flags.
const (
	Continues   Part = 1 << iota // the block begins inside a line
	AfterRecord                  // the block begins inside a line, after a record of it
	Unended                      // the line goes on after the block; the newline that ends Data was added
)

// Limits are the sizes that a LineReader works with.
type Limits struct {
	Record int // the longest record that is accepted
	Scale  int // divides BlockSize and longLine, so that tests need only small inputs; 0 means 1
}

// block returns the number of bytes that are read at a time.
func (l Limits) block() int { return max(BlockSize/max(l.Scale, 1), 64) }

// longLine returns the length from which a line is divided between its records, so that a file
// without newlines needs no more memory than another.
func (l Limits) longLine() int { return min(l.Record, longLine/max(l.Scale, 1)) }

const longLine = 1 << 20

// A LineReader divides a source, or a range of it, into blocks of whole lines.
type LineReader struct {
	read     func(p []byte) (int, error) // as io.Reader's Read
	limits   Limits
	offset   int64         // of buf[0] in the source
	end      int64         // lines that start before it are read; -1 for all lines
	skip     bool          // start after the first newline
	buf      []byte        // buf[from:n] has been read and not returned
	from, n  int           //
	unseen   bool          // buf[from:n] may have newlines that have not been looked for
	cutter   recordCutter  // of a long line
	covered  byte          // the byte of the input that the newline of an unended block replaced
	isOpen   bool          // the last block was open
	renew    func() []byte // if set, returns a buffer for each block
	finished bool
	checkEnd func() error // if set, is called at the end and returns io.EOF unless the size is wrong
}

// StreamLines returns a reader of all lines of a stream. Its blocks remain valid after the next
// call of Next.
func (in *Input) StreamLines(limits Limits) *LineReader {
	return &LineReader{read: in.stream.Read, limits: limits, end: -1, renew: newBlockBuffer}
}

// Buffer returns the buffer that the last block is part of, for the reader of another range to use
// after this one.
func (l *LineReader) Buffer() []byte { return l.buf }

// Next returns the next block, or io.EOF. The block of a reader that Lines returned is valid until
// the next call.
func (l *LineReader) Next() (Block, error) {
	b, err := l.nextBlock()
	if l.checkEnd != nil && errors.Is(err, io.EOF) {
		if err := l.checkEnd(); !errors.Is(err, io.EOF) {
			return Block{}, err
		}
	}
	return b, err
}

func (l *LineReader) nextBlock() (Block, error) {
	l.moveRest()
	for !l.finished {
		if l.end >= 0 && l.offset >= l.end && l.cutter.part&Continues != 0 {
			return Block{}, ErrRunsOn
		}
		read, err := l.fill()
		if err != nil && !errors.Is(err, io.EOF) {
			return Block{}, err
		}
		fresh := l.n - read
		if l.unseen {
			fresh, l.unseen = 0, false
		}
		if err != nil {
			l.finished = true
		}
		if l.skip {
			i := bytes.IndexByte(l.buf[:l.n], '\n')
			if i < 0 {
				l.offset += int64(l.n)
				l.n = 0
				if err == nil && (l.end < 0 || l.offset < l.end) {
					continue
				}
				l.finished = true
				return Block{}, io.EOF
			}
			l.skip = false
			l.from = i + 1
			if l.offset+int64(l.from) >= l.end {
				l.finished = true
				return Block{}, io.EOF
			}
			l.moveRest()
			fresh = 0
		}
		if l.end >= 0 && l.offset+int64(l.n) >= l.end {
			from := max(0, int(l.end-1-l.offset))
			if i := bytes.IndexByte(l.buf[from:l.n], '\n'); i >= 0 {
				l.finished = true
				return l.cut(from + i + 1), nil
			}
		}
		if i := bytes.LastIndexByte(l.buf[fresh:l.n], '\n'); i >= 0 {
			return l.cut(fresh + i + 1), nil
		}
		if l.n > l.limits.longLine() || l.cutter.part&Continues != 0 {
			if n := l.cutter.cut(l.buf[:l.n]); n > 0 && (n < l.n || err == nil) {
				l.finished = false // the end of the input will be met again
				return l.cutOpen(n), nil
			}
			if l.cutter.inRecord && l.n-l.cutter.start > l.limits.Record {
				return l.skipRecord()
			}
		}
		if err != nil {
			break
		}
	}
	if l.n == 0 || l.end >= 0 && l.offset >= l.end {
		return Block{}, io.EOF
	}
	// The last line has no newline.
	l.grow(1)
	l.buf[l.n] = '\n'
	l.n++
	return l.cut(l.n), nil
}

// moveRest moves the bytes that have not been returned to the start of the buffer, or to a new one.
func (l *LineReader) moveRest() {
	rest := l.buf[l.from:l.n]
	if l.renew != nil || l.buf == nil {
		var fresh []byte
		if l.renew != nil {
			fresh = l.renew()
		}
		if cap(fresh) < len(rest) {
			fresh = make([]byte, len(rest)+BlockSize+Slack)
		}
		l.buf = fresh[:cap(fresh)]
	}
	l.offset += int64(l.from)
	l.n = copy(l.buf, rest)
	l.from = 0
	if l.isOpen {
		l.isOpen = false
		if l.n > 0 {
			l.buf[0] = l.covered
		}
	}
}

// grow makes room for n more bytes and Slack.
func (l *LineReader) grow(n int) {
	if need := l.n + n + Slack; need > len(l.buf) {
		grown := make([]byte, max(need, min(2*len(l.buf), need+4<<20)))
		copy(grown, l.buf[:l.n])
		l.buf = grown
	}
}

// fill reads more and returns the number of bytes.
func (l *LineReader) fill() (int, error) {
	block := l.limits.block()
	want := block
	if l.end >= 0 {
		// Reads little beyond the range, because the next range reads that again.
		step := block / 4
		if left := l.end - l.offset - int64(l.n); left < int64(block) {
			want = max(int(left), 0) + step
		}
	}
	l.grow(want)
	read := 0
	for read < want {
		n, err := l.read(l.buf[l.n : l.n+want-read])
		l.n += n
		read += n
		if err != nil {
			return read, err
		}
	}
	return read, nil
}

// cut returns the first n bytes, which end with a newline, as a block.
func (l *LineReader) cut(n int) Block {
	l.from = n
	b := Block{Data: l.buf[: n : n+Slack], Offset: l.offset, Part: l.cutter.part, Breaks: l.cutter.before}
	l.cutter = recordCutter{}
	return b
}

// cutOpen returns the first n bytes, which end inside a line, as a block. moveRest restores the
// byte that the added newline covers.
func (l *LineReader) cutOpen(n int) Block {
	l.grow(1)
	l.covered, l.isOpen = l.buf[n], true
	l.buf[n] = '\n'
	l.from = n
	b := Block{Data: l.buf[: n+1 : n+1+Slack], Offset: l.offset, Part: l.cutter.part | Unended, Breaks: l.cutter.before}
	l.cutter.next(n)
	return b
}

// skipRecord reads past a record that is too long and whose beginning is all that the buffer has.
func (l *LineReader) skipRecord() (Block, error) {
	b := Block{Data: make([]byte, 0, MaxRawBytes+Slack), Offset: l.offset, Part: l.cutter.part, Breaks: l.cutter.before}
	b.Data = append(b.Data, l.buf[:min(l.n, MaxRawBytes)]...)
	length := int64(l.n)
	for {
		l.offset += int64(l.n)
		l.n = 0
		if l.finished {
			return l.skipped(b, length), nil
		}
		l.grow(l.limits.block())
		n, err := l.read(l.buf[:l.limits.block()])
		l.n = n
		if errors.Is(err, io.EOF) {
			l.finished = true
		} else if err != nil {
			return Block{}, err
		}
		b.Data = append(b.Data, l.buf[:min(n, MaxRawBytes-len(b.Data))]...)
		end, next, found := l.cutter.end.Scan(l.buf[:n])
		if !found {
			length += int64(n)
			continue
		}
		l.from, l.unseen = int(next-length), true
		if l.from < l.n && l.buf[l.from] == '\n' {
			l.from++
			if l.end >= 0 && l.offset+int64(l.from) >= l.end {
				l.finished = true
			}
			return l.skipped(b, end), nil
		}
		breaks := l.cutter.end.breaks
		b = l.skipped(b, end)
		b.Part |= Unended
		l.cutter.part, l.cutter.before, l.cutter.breaks = Continues|AfterRecord, breaks, breaks
		return b, nil
	}
}

// skipped completes the block of a record of length bytes that is too long.
func (l *LineReader) skipped(b Block, length int64) Block {
	b.Skipped = length
	b.Data = b.Data[:min(int64(len(b.Data)), length)]
	l.cutter = recordCutter{}
	return b
}

// A recordCutter finds the places in a long line at which it can be divided.
type recordCutter struct {
	part     Part // of the next block; 0 at the start of a line
	before   int  // Breaks of the next block
	breaks   int  // CRs since the last record, up to the current one
	scanned  int  // position in the buffer up to which the line has been scanned
	inRecord bool
	start    int       // of the record, in the buffer
	end      RecordEnd // of the record
	found    bool      // a record has ended since the start of the buffer
}

// cut scans the line, all of which but what has been cut is in buf, and returns the position
// between two records at which it can be divided, or 0.
func (c *recordCutter) cut(buf []byte) int {
	for c.scanned < len(buf) {
		if !c.inRecord {
			for c.scanned < len(buf) && IsSeparator(buf[c.scanned]) {
				c.breaks += breakOf(buf[c.scanned])
				c.scanned++
			}
			if c.scanned == len(buf) {
				break
			}
			c.inRecord, c.start, c.end = true, c.scanned, RecordEnd{}
		}
		_, next, found := c.end.Scan(buf[c.scanned:])
		if !found {
			c.scanned = len(buf)
			break
		}
		c.scanned, c.inRecord, c.found, c.breaks = c.start+int(next), false, true, c.end.breaks
	}
	if c.inRecord {
		return c.start
	}
	return c.scanned
}

// next prepares for the block that follows one that ends at position n of the buffer.
func (c *recordCutter) next(n int) {
	c.part = c.part&AfterRecord | Continues
	if c.found {
		c.part |= AfterRecord
	}
	c.before, c.found = c.breaks, false
	c.scanned -= n
	c.start -= n
}

var blockBuffers = sync.Pool{New: func() any { return make([]byte, BlockSize+64<<10+Slack) }}

func newBlockBuffer() []byte { return blockBuffers.Get().([]byte) }
