package convert

import (
	"bytes"
	"io"
)

// maxBufferMemory is the number of bytes that a scratchBuffer keeps in memory.
const maxBufferMemory = 16 << 20

// A scratchBuffer holds content that is written once and then read. It moves to a scratch file when
// it exceeds maxBufferMemory.
type scratchBuffer struct {
	create func() (ScratchFile, error)
	memory []byte
	file   ScratchFile // nil while everything is in memory
	size   int64
}

// Write implements io.Writer.
func (b *scratchBuffer) Write(p []byte) (int, error) {
	if b.file == nil && len(b.memory)+len(p) > maxBufferMemory {
		f, err := b.create()
		if err != nil {
			return 0, err
		}
		b.file = f
		if _, err := f.Write(b.memory); err != nil {
			return 0, err
		}
		b.memory = nil
	}
	if b.file == nil {
		b.memory = append(b.memory, p...)
		b.size += int64(len(p))
		return len(p), nil
	}
	n, err := b.file.Write(p)
	b.size += int64(n)
	return n, err
}

// Close ends writing. The content stays until discard.
func (b *scratchBuffer) Close() error { return nil }

// readerAt returns the content.
func (b *scratchBuffer) readerAt() io.ReaderAt {
	if b.file != nil {
		return b.file
	}
	return bytes.NewReader(b.memory)
}

// copyTo writes the content to w. It does not call w if there is none.
func (b *scratchBuffer) copyTo(w io.Writer) error {
	var err error
	switch {
	case b.file != nil:
		_, err = io.Copy(w, io.NewSectionReader(b.file, 0, b.size))
	case len(b.memory) > 0:
		_, err = w.Write(b.memory)
	}
	return err
}

// discard deletes the content.
func (b *scratchBuffer) discard() {
	if b.file != nil {
		b.file.Close()
	}
	b.memory, b.file, b.size = nil, nil, 0
}
