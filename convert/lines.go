package convert

import (
	"bytes"
	"errors"
	"io"
)

// blockSize is about how many bytes of input are turned into columns at a time: few enough that the columns are still in
// the processor's cache when they are encoded.
const blockSize = 256 << 10

// maxRawBytes is how much of a rejected line is kept.
const maxRawBytes = 1 << 20

// A block is some whole lines of a source.
type block struct {
	data   []byte // ends with a newline; slack bytes are readable behind it
	offset int64  // of data in the source
	// skipped, if not zero, is the length of a single line that is longer than allowed; data is only its beginning.
	skipped int64
}

// A lineReader cuts a source, or a range of it, into blocks of whole lines.
type lineReader struct {
	read     func(p []byte) (int, error) // reads on, as io.Reader does
	maxLine  int
	offset   int64         // of buf[0] in the source
	end      int64         // only lines that start before it are read; -1: all
	skip     bool          // start behind the first newline
	buf      []byte        // read but not handed out: buf[from:n]
	from, n  int           //
	unseen   bool          // buf[from:n] may hold newlines; else only what is read from now on may
	renew    func() []byte // gives a buffer for each block if blocks outlive the next call
	finished bool
}

// next returns the next block, or io.EOF. The block is valid until the following call, unless renew is set.
func (l *lineReader) next() (block, error) {
	l.moveRest()
	for !l.finished {
		read, err := l.fill()
		if err != nil && !errors.Is(err, io.EOF) {
			return block{}, err
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
				if err == nil {
					continue
				}
				return block{}, io.EOF
			}
			l.skip = false
			l.from = i + 1
			if l.offset+int64(l.from) >= l.end {
				l.finished = true
				return block{}, io.EOF
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
		if err != nil {
			break
		}
		if l.n > l.maxLine {
			return l.skipLine()
		}
	}
	if l.n == 0 || l.end >= 0 && l.offset >= l.end {
		return block{}, io.EOF
	}
	if l.n > l.maxLine && bytes.IndexByte(l.buf[:l.n], '\n') < 0 {
		return l.skipLine()
	}
	// The last line has no newline.
	l.grow(1)
	l.buf[l.n] = '\n'
	l.n++
	return l.cut(l.n), nil
}

// moveRest moves what was not handed out to the start of the buffer, or to a new one.
func (l *lineReader) moveRest() {
	rest := l.buf[l.from:l.n]
	if l.renew != nil || l.buf == nil {
		var fresh []byte
		if l.renew != nil {
			fresh = l.renew()
		}
		if cap(fresh) < len(rest) {
			fresh = make([]byte, len(rest)+blockSize+slack)
		}
		l.buf = fresh[:cap(fresh)]
	}
	l.offset += int64(l.from)
	l.n = copy(l.buf, rest)
	l.from = 0
}

// grow makes room for n more bytes and the slack.
func (l *lineReader) grow(n int) {
	if need := l.n + n + slack; need > len(l.buf) {
		grown := make([]byte, max(need, min(2*len(l.buf), need+4<<20)))
		copy(grown, l.buf[:l.n])
		l.buf = grown
	}
}

// fill reads on and returns how much.
func (l *lineReader) fill() (int, error) {
	want := blockSize
	if l.end >= 0 {
		// Not much beyond the range: the next one reads it again.
		const step = 64 << 10
		if left := l.end - l.offset - int64(l.n); left < blockSize {
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

// cut hands out the first n bytes.
func (l *lineReader) cut(n int) block {
	l.from = n
	return block{data: l.buf[: n : n+slack], offset: l.offset}
}

// skipLine reads past a line that is too long, of which the buffer holds the beginning.
func (l *lineReader) skipLine() (block, error) {
	b := block{data: make([]byte, 0, maxRawBytes+slack), offset: l.offset}
	for {
		i := bytes.IndexByte(l.buf[:l.n], '\n')
		part := l.buf[:l.n]
		if i >= 0 {
			part = part[:i]
		}
		b.data = append(b.data, part[:min(len(part), maxRawBytes-len(b.data))]...)
		if i >= 0 {
			b.skipped = l.offset + int64(i) - b.offset
			l.from, l.unseen = i+1, true
			if l.end >= 0 && l.offset+int64(l.from) >= l.end {
				l.finished = true
			}
			return b, nil
		}
		l.offset += int64(l.n)
		l.n = 0
		if l.finished {
			b.skipped = l.offset - b.offset
			return b, nil
		}
		l.grow(blockSize)
		n, err := l.read(l.buf[:blockSize])
		l.n = n
		if errors.Is(err, io.EOF) {
			l.finished = true
		} else if err != nil {
			return block{}, err
		}
	}
}
