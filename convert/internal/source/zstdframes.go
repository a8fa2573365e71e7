package source

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/bits"

	"github.com/klauspost/compress/zstd"
)

var zstdMagic = []byte{0x28, 0xB5, 0x2F, 0xFD}

// DefaultZstdWindow is the zstd window that is always accepted, in bytes: the limit of the zstd
// program.
const DefaultZstdWindow = 128 << 20

// MaxZstdWindow is the largest zstd window that can be accepted.
const MaxZstdWindow = 2 << 30

func openZstd(d *decompressor) (io.Reader, error) {
	r, err := zstd.NewReader(&zstdFrames{d: d}, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxMemory(uint64(d.window)), zstd.WithDecoderMaxWindow(uint64(d.window)))
	if err != nil {
		return nil, err
	}
	return r.IOReadCloser(), nil
}

// zstdFrames follows the frames of zstd data on its way to the decoder (RFC 8878), for two reasons.
// It finds the end of the last frame. And it reduces the windows that frames declare to the largest
// one that is accepted: the decoder allocates a window at once, and most frames that declare a
// large one, as zstd --long=31 makes them, are shorter than that. The decoder returns an error if a
// frame refers to data before the reduced window.
type zstdFrames struct {
	d        *decompressor
	header   []byte // bytes that are to be read next
	left     int64  // bytes of the block that are to be read after the header
	inFrame  bool
	checksum bool // the frame ends with one
	last     bool // the block is the last one of its frame
	frames   int
}

// Read implements io.Reader.
func (z *zstdFrames) Read(p []byte) (int, error) {
	for len(z.header) == 0 && z.left == 0 {
		if err := z.advance(); err != nil {
			return 0, err
		}
	}
	if len(z.header) > 0 {
		n := copy(p, z.header)
		z.header = z.header[n:]
		return n, nil
	}
	n, err := z.d.stored.Read(p[:min(int64(len(p)), z.left)])
	if z.left -= int64(n); n > 0 {
		err = nil
	}
	return n, unexpected(err)
}

// advance reads the next header.
func (z *zstdFrames) advance() error {
	switch {
	case z.inFrame && !z.last:
		if err := z.read(3); err != nil {
			return err
		}
		block := int64(z.header[0]) | int64(z.header[1])<<8 | int64(z.header[2])<<16
		z.last = block&1 != 0
		if z.left = block >> 3; block>>1&3 == 1 { // one byte, repeated
			z.left = 1
		}
		return nil
	case z.inFrame:
		z.inFrame = false
		if z.checksum {
			z.left = 4
		}
		return nil
	}
	if z.frames > 0 {
		more, err := z.d.moreMembers(zstdMagics...)
		if err != nil {
			return err
		}
		if !more {
			return io.EOF
		}
	}
	z.frames++
	return z.frame()
}

// zstdMagics are the magic numbers of a frame and of the frames to skip.
var zstdMagics = func() [][]byte {
	all := [][]byte{zstdMagic}
	for i := range byte(16) {
		all = append(all, []byte{0x50 + i, 0x2A, 0x4D, 0x18})
	}
	return all
}()

// read reads n bytes of a header.
func (z *zstdFrames) read(n int) error {
	z.header = make([]byte, n)
	_, err := io.ReadFull(z.d.stored, z.header)
	return unexpected(err)
}

// errTruncatedHeader is not io.ErrUnexpectedEOF, which the decoder takes for the end of the data
// where a frame can begin.
var errTruncatedHeader = errors.New("the header of a frame is truncated")

// frame reads the header of a frame.
func (z *zstdFrames) frame() error {
	head, err := z.d.stored.Peek(8)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if len(head) < 8 {
		return errTruncatedHeader
	}
	if !bytes.HasPrefix(head, zstdMagic) {
		z.left = 8 + int64(binary.LittleEndian.Uint32(head[4:])) // a frame to skip
		return nil
	}
	descriptor := head[4]
	single := descriptor&(1<<5) != 0
	contentSize := []int{0, 2, 4, 8}[descriptor>>6]
	size := len(zstdMagic) + 1 + []int{0, 1, 2, 4}[descriptor&3] + contentSize
	if single && contentSize == 0 || !single {
		size++ // one byte of the content's size, or the window
	}
	if err := z.read(size); errors.Is(err, io.ErrUnexpectedEOF) {
		return errTruncatedHeader
	} else if err != nil {
		return err
	}
	z.inFrame, z.last, z.checksum = true, false, descriptor&(1<<2) != 0
	const windowAt = 5
	if single {
		if n := contentOf(z.header[size-contentSize:]); n > z.d.window {
			// The window is the whole content. Give the frame a window of its own.
			z.d.reduced = max(z.d.reduced, n)
			z.header[4] &^= 1 << 5
			z.header = append(z.header[:windowAt:windowAt],
				append([]byte{windowDescriptor(z.d.window)}, z.header[windowAt:]...)...)
		}
		return nil
	}
	w := z.header[windowAt]
	base := int64(1) << (10 + w>>3)
	if window := base + base/8*int64(w&7); window > z.d.window {
		z.d.reduced = max(z.d.reduced, window)
		z.header[windowAt] = windowDescriptor(z.d.window)
	}
	return nil
}

// contentOf returns the size of the content that a field of a frame's header has.
func contentOf(field []byte) int64 {
	switch len(field) {
	case 4:
		return int64(binary.LittleEndian.Uint32(field))
	case 8:
		return int64(min(binary.LittleEndian.Uint64(field), 1<<62))
	}
	return 0 // small
}

// windowDescriptor returns the descriptor of the largest window of at most n bytes.
func windowDescriptor(n int64) byte {
	exponent := bits.Len64(uint64(n)) - 1
	return byte((exponent-10)<<3) | byte((n-1<<exponent)>>(exponent-3))
}
