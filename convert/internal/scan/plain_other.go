//go:build !amd64 || purego

package scan

// copyPlain copies what a plain string can hold from src to dst, whatever it leaves behind it there: up to the first quote,
// backslash or control character, or until less than slack bytes of dst are left. ascii is false if any byte of it is not ASCII.
// There must be a control character in src, and slack behind it.
func copyPlain(dst, src []byte) (n int, ascii bool) { return copyPlainGo(dst, src) }
