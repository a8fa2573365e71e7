//go:build !purego

package scan

import "ndjson-parquet/convert/internal/source"

// copyPlainAsm is copyPlainGo in assembly, with SSE2, which every amd64 has. It writes up to 31 bytes behind the room.
//
//go:noescape
func copyPlainAsm(dst, src *byte, room int) (n int, high uint32)

// copyPlain copies what a plain string can hold from src to dst, whatever it leaves behind it there: up to the first quote,
// backslash or control character, or until less than slack bytes of dst are left. ascii is false if any byte of it is not ASCII.
// There must be a control character in src, and slack behind it.
func copyPlain(dst, src []byte) (n int, ascii bool) {
	n, high := copyPlainAsm(&dst[0], &src[0], len(dst)-source.Slack)
	return n, high == 0
}
