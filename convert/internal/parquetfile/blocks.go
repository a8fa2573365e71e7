package parquetfile

import "sync"

// blocks is a byte sequence in pooled pieces. It holds the pages of a row group until they are
// written, without copying what it has when it grows. Pieces start small, for files of thousands of
// columns, and get larger.
type blocks struct {
	pieces [][]byte
	size   int
}

// The sizes of pieces: each is four times the one before.
const (
	smallestPiece = 4 << 10
	pieceSizes    = 4
)

var piecePools [pieceSizes]sync.Pool // of *[]byte with the capacity smallestPiece<<(2*i)

func (b *blocks) append(p []byte) {
	b.size += len(p)
	for len(p) > 0 {
		last := len(b.pieces) - 1
		if last < 0 || len(b.pieces[last]) == cap(b.pieces[last]) {
			b.pieces = append(b.pieces, newPiece(min(len(b.pieces), pieceSizes-1)))
			last++
		}
		piece := b.pieces[last]
		n := min(len(p), cap(piece)-len(piece))
		b.pieces[last] = append(piece, p[:n]...)
		p = p[n:]
	}
}

func newPiece(class int) []byte {
	if p, ok := piecePools[class].Get().(*[]byte); ok {
		return (*p)[:0]
	}
	return make([]byte, 0, smallestPiece<<(2*class))
}

// release returns the pieces to the pools. The content is lost.
func (b *blocks) release() {
	for i := range b.pieces {
		piece := b.pieces[i]
		piecePools[min(i, pieceSizes-1)].Put(&piece)
	}
	*b = blocks{}
}
