package source

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"unicode/utf16"
	"unicode/utf8"
)

// utf16Order returns the byte order that a byte order mark of UTF-16 at the start of a text shows,
// and nil if there is none. The mark of UTF-32 is another one.
func utf16Order(head []byte) binary.ByteOrder {
	switch {
	case bytes.HasPrefix(head, []byte{0xFF, 0xFE, 0, 0}):
		return nil
	case bytes.HasPrefix(head, []byte{0xFF, 0xFE}):
		return binary.LittleEndian
	case bytes.HasPrefix(head, []byte{0xFE, 0xFF}):
		return binary.BigEndian
	}
	return nil
}

// A utf16Reader converts UTF-16 to UTF-8. A surrogate without its pair becomes the three bytes that
// UTF-8 would have for it if it allowed surrogates, so that its record is rejected and not changed.
type utf16Reader struct {
	r     io.Reader
	order binary.ByteOrder
	in    [4096]byte
	n     int    // bytes in in
	out   []byte // decoded and not read
	space [3 * 2048]byte
	err   error
}

// Read implements io.Reader.
func (u *utf16Reader) Read(p []byte) (int, error) {
	for len(u.out) == 0 {
		if u.err != nil {
			return 0, u.err
		}
		var n int
		n, u.err = u.r.Read(u.in[u.n:])
		u.n += n
		u.decode(errors.Is(u.err, io.EOF))
	}
	n := copy(p, u.out)
	u.out = u.out[n:]
	return n, nil
}

// decode decodes all whole characters that have been read, and at the end what is left.
func (u *utf16Reader) decode(end bool) {
	u.out = u.space[:0]
	i := 0
	for ; i+1 < u.n; i += 2 {
		r := rune(u.order.Uint16(u.in[i:]))
		if !utf16.IsSurrogate(r) {
			u.out = utf8.AppendRune(u.out, r)
			continue
		}
		if i+3 >= u.n && !end {
			break
		}
		if i+3 < u.n {
			if pair := utf16.DecodeRune(r, rune(u.order.Uint16(u.in[i+2:]))); pair != utf8.RuneError {
				u.out = utf8.AppendRune(u.out, pair)
				i += 2
				continue
			}
		}
		u.out = append(u.out, 0xE0|byte(r>>12), 0x80|byte(r>>6)&0x3F, 0x80|byte(r)&0x3F)
	}
	if end && i < u.n {
		u.out = append(u.out, u.in[i]) // half of a character
		i = u.n
	}
	u.n = copy(u.in[:], u.in[i:u.n])
}
