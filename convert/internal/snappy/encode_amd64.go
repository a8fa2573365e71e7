//go:build !purego

package snappy

// encodeAsm is encodeGo in assembly.
//
//go:noescape
func encodeAsm(dst *byte, src *block, n int, table *[1 << tableBits]uint16) (encoded, done int)

// encodeRepetitions compresses the first n bytes of src to dst up to the end of the last
// repetition. It returns how many bytes of dst and of src that are. The table is empty, dst longer
// than n can become by slack, and n at least minBlock.
func encodeRepetitions(dst []byte, src *block, n int, table *[1 << tableBits]uint16) (encoded, done int) {
	return encodeAsm(&dst[0], src, n, table)
}
