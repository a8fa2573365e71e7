//go:build !purego

package scan

import "ndjson-parquet/convert/internal/source"

// copyPlainAsm is copyPlainGo in assembly, with the SSE2 instructions that every amd64 processor
// has. It may write up to 31 bytes after the room.
//
//go:noescape
func copyPlainAsm(dst, src *byte, room int) (n int, high uint32)

// copyPlain copies src to dst up to the first quote, backslash or control character, or until fewer
// than source.Slack bytes of dst are left. It may overwrite the rest of dst. ascii reports whether
// all copied bytes are ASCII. src must have a control character and source.Slack bytes after it.
func copyPlain(dst, src []byte) (n int, ascii bool) {
	n, high := copyPlainAsm(&dst[0], &src[0], len(dst)-source.Slack)
	return n, high == 0
}
