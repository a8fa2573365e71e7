package objectstore

import "io"

// Scratch is room for content that is not an object yet. It is safe for concurrent use.
type Scratch interface {
	// New returns an empty file. It disappears when it is closed or when the process ends.
	New() (ScratchFile, error)
}

// A ScratchFile is written from start to end and then read any number of times. It is not safe for
// concurrent use, but the Bodies that Reader returns are independent of each other.
type ScratchFile interface {
	io.Writer
	io.Closer
	// Reader returns the content written so far.
	Reader() Body
	Size() int64
}
