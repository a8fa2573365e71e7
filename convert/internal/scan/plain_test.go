package scan

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"ndjson-parquet/convert/internal/source"
)

// checkTwins compares copyPlain with copyPlainGo, for a source that starts with text.
func checkTwins(t *testing.T, text []byte, room int) {
	t.Helper()
	src := append(bytes.Clone(text), '\n')
	for i := range source.Slack {
		src = append(src, byte(i*37)) // arbitrary bytes after the block
	}
	dst, goDst := bytes.Repeat([]byte{0xa5}, room+source.Slack+100), make([]byte, room+source.Slack)
	n, ascii := copyPlain(dst[:room+source.Slack], src)
	goN, goASCII := copyPlainGo(goDst, src)
	if bytes.Count(dst[room+source.Slack:], []byte{0xa5}) != 100 {
		t.Fatalf("%q, room for %d: bytes were written behind it", text, room)
	}
	end := bytes.IndexFunc(src, func(r rune) bool { return r == '"' || r == '\\' || r < ' ' })
	if end >= room { // each may stop at another position
		if n > end || goN > end || n < room || goN < room || !bytes.Equal(dst[:n], src[:n]) ||
			!bytes.Equal(goDst[:goN], src[:goN]) {
			t.Fatalf("%q, room for %d: %d, and in Go %d bytes were copied", text, room, n, goN)
		}
		return
	}
	if n != end || goN != end || ascii != goASCII || !bytes.Equal(dst[:n], src[:n]) ||
		!bytes.Equal(goDst[:n], src[:n]) {
		t.Fatalf("%q: %d bytes (ASCII: %v), and in Go %d (ASCII: %v) were copied, want %d", text, n, ascii, goN,
			goASCII, end)
	}
}

func TestCopyPlainAgreesWithItsTwinInGo(t *testing.T) {
	for c := range 256 { // each byte at each place of a step
		for at := range 2 * source.Slack {
			text := bytes.Repeat([]byte{'~'}, 3*source.Slack)
			text[at] = byte(c)
			checkTwins(t, text, 200)
			text[at+1] = 0xc3 // ascii must not depend on the bytes after the end
			checkTwins(t, text, 200)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		text := make([]byte, r.IntN(300))
		for i := range text {
			text[i] = byte(' ' + r.IntN(1<<(1+r.IntN(8)))) // rarely a byte that ends the string
		}
		checkTwins(t, text, 1+r.IntN(400))
	}
}
