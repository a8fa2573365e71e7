package convert

import "ndjson-parquet/convert/internal/source"

// A span is the input of one row group, and a worker's unit of work. How the input is divided into
// spans depends on the input alone, not on the number of workers, and neither does the output.
const (
	minSpanBytes = 8 << 20
	maxSpanBytes = 64 << 20
	// maxStreamBytes limits the bytes of streams in a span, because they are kept in memory.
	maxStreamBytes = 16 << 20
)

// A span is a sequence of segments of consecutive sources.
type span struct {
	index    int
	segments []segment
}

// A segment is a range of one source, or a part of a stream.
type segment struct {
	source int // index into the sources

	// Of a range of an input: the lines that start in [start, end).
	in         *source.Input // nil for a stream, and once the range has been read
	start, end int64

	// Of a stream: the lines, the error that ended them, and at the end of the source its notes.
	stream bool
	notes  []source.Note
	blocks []source.Block
	err    error
}

// release drops what the segment is read from.
func (g *segment) release() {
	if g.in != nil {
		g.in.Done()
		g.in = nil
	}
	g.blocks = nil
}

func (s *span) release() {
	for i := range s.segments {
		s.segments[i].release()
	}
}

// bytes returns about how much input the span has.
func (s *span) bytes() (n int64) {
	for i := range s.segments {
		g := &s.segments[i]
		n += g.end - g.start
		for _, b := range g.blocks {
			n += int64(len(b.Data))
		}
	}
	return n
}

// streamed reports whether a part of the span comes from a stream. Streams can only be read again
// from their start.
func (s *span) streamed() bool {
	for i := range s.segments {
		if s.segments[i].stream {
			return true
		}
	}
	return false
}

// spanBytes returns the size of each span for an input of total bytes. It divides the input into
// equal parts.
func spanBytes(total, scale int64) int64 {
	size := min(max(total/4, minSpanBytes/scale), maxSpanBytes/scale)
	if n := (total + size/2) / size; n > 0 {
		size = (total + n - 1) / n
	}
	return size
}
