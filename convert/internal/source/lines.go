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
	// Skipped, if it is not 0, is the length of a single line that is too long, of which Data is
	// the beginning.
	Skipped int64
}

// A LineReader divides a source, or a range of it, into blocks of whole lines.
type LineReader struct {
	read     func(p []byte) (int, error) // as io.Reader's Read
	maxLine  int
	offset   int64         // of buf[0] in the source
	end      int64         // lines that start before it are read; -1 for all lines
	skip     bool          // start after the first newline
	buf      []byte        // buf[from:n] has been read and not returned
	from, n  int           //
	unseen   bool          // buf[from:n] may have newlines that have not been looked for
	renew    func() []byte // if set, returns a buffer for each block
	finished bool
	checkEnd func() error // if set, is called at the end and returns io.EOF unless the size is wrong
}

// StreamLines returns a reader of all lines of a stream. Its blocks remain valid after the next
// call of Next.
func (in *Input) StreamLines(maxLine int) *LineReader {
	return &LineReader{read: in.stream.Read, maxLine: maxLine, end: -1, renew: newBlockBuffer}
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
				if err == nil {
					continue
				}
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
		if err != nil {
			break
		}
		if l.n > l.maxLine {
			return l.skipLine()
		}
	}
	if l.n == 0 || l.end >= 0 && l.offset >= l.end {
		return Block{}, io.EOF
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
	want := BlockSize
	if l.end >= 0 {
		// Reads little beyond the range, because the next range reads that again.
		const step = 64 << 10
		if left := l.end - l.offset - int64(l.n); left < BlockSize {
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

// cut returns the first n bytes as a block.
func (l *LineReader) cut(n int) Block {
	l.from = n
	return Block{Data: l.buf[: n : n+Slack], Offset: l.offset}
}

// skipLine reads past a line that is too long and whose beginning is in the buffer.
func (l *LineReader) skipLine() (Block, error) {
	b := Block{Data: make([]byte, 0, MaxRawBytes+Slack), Offset: l.offset}
	for {
		i := bytes.IndexByte(l.buf[:l.n], '\n')
		part := l.buf[:l.n]
		if i >= 0 {
			part = part[:i]
		}
		b.Data = append(b.Data, part[:min(len(part), MaxRawBytes-len(b.Data))]...)
		if i >= 0 {
			b.Skipped = l.offset + int64(i) - b.Offset
			l.from, l.unseen = i+1, true
			if l.end >= 0 && l.offset+int64(l.from) >= l.end {
				l.finished = true
			}
			return b, nil
		}
		l.offset += int64(l.n)
		l.n = 0
		if l.finished {
			b.Skipped = l.offset - b.Offset
			return b, nil
		}
		l.grow(BlockSize)
		n, err := l.read(l.buf[:BlockSize])
		l.n = n
		if errors.Is(err, io.EOF) {
			l.finished = true
		} else if err != nil {
			return Block{}, err
		}
	}
}

var blockBuffers = sync.Pool{New: func() any { return make([]byte, BlockSize+64<<10+Slack) }}

func newBlockBuffer() []byte { return blockBuffers.Get().([]byte) }
