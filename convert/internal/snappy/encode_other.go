//go:build !amd64 || purego

package snappy

// encodeRepetitions compresses the first n bytes of src to dst, up to the end of the last
// repetition. It returns the number of bytes written to dst and read from src. The table must be
// empty, dst must have slack bytes more than the largest compressed size, and n must be at least
// minBlock.
func encodeRepetitions(dst []byte, src *block, n int, table *[1 << tableBits]uint16) (encoded, done int) {
	return encodeGo(dst, src, n, table)
}
