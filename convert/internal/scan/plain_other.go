//go:build !amd64 || purego

package scan

// copyPlain copies src to dst up to the first quote, backslash or control character, or until fewer
// than source.Slack bytes of dst are left. It may overwrite the rest of dst. ascii reports whether
// all copied bytes are ASCII. src must have a control character and source.Slack bytes after it.
func copyPlain(dst, src []byte) (n int, ascii bool) { return copyPlainGo(dst, src) }
