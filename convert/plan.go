package convert

import (
	"context"
	"errors"
	"io"
	"sync"

	"ndjson-parquet/convert/internal/source"
)

// Spans are what workers work on: a run of input that becomes one row group. How the input is cut depends on it alone,
// never on the number of workers, so that the output does not either.
const (
	minSpanBytes = 8 << 20
	maxSpanBytes = 64 << 20
	// maxStreamBytes bounds what a span holds of streams, as that is kept in memory.
	maxStreamBytes = 16 << 20
)

// A span is consecutive segments of consecutive sources.
type span struct {
	index    int
	segments []segment
}

// A segment is a range of one source.
type segment struct {
	source     int
	in         *source.Input
	start, end int64 // of a range-readable input: the lines that start in it
	stream     bool
	blocks     []source.Block // of a stream: the lines themselves
	err        error          // the stream broke off
}

// bytes is about how much input the span has.
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

// spanBytes returns how much input a span takes, for a total known in advance.
func spanBytes(total, scale int64) int64 {
	size := min(max(total/4, minSpanBytes/scale), maxSpanBytes/scale)
	if n := (total + size/2) / size; n > 0 {
		size = (total + n - 1) / n // equal parts
	}
	return size
}

// A planner cuts the sources into spans, one at a time. It is safe for concurrent use.
type planner struct {
	ctx      context.Context
	sources  []Source
	excluded []error // by source; nil: included
	maxLine  int
	size     int64 // of a span
	streamed int64 // of streams in a span, at most
	progress func(int)

	mu     sync.Mutex
	spans  int
	source int           // the current source
	in     *source.Input // opened, or nil
	at     int64         // what has been planned of it
	lines  *source.LineReader
	failed map[int]error
	opened map[int]chan opened // sources being opened
}

// openAhead is how many sources are opened before it is their turn, for stores where that takes time.
const openAhead = 3

type opened struct {
	in  *source.Input
	err error
}

func newPlanner(ctx context.Context, sources []Source, excluded []error, o *Options, progress func(int)) *planner {
	p := &planner{ctx: ctx, sources: sources, excluded: excluded, maxLine: o.MaxRecordBytes, progress: progress,
		failed: map[int]error{}, opened: map[int]chan opened{}}
	var total int64
	for i := range sources {
		if excluded[i] == nil {
			total += max(sources[i].Size, 0)
		}
	}
	p.size, p.streamed = spanBytes(total, o.spanScale), maxStreamBytes/o.spanScale
	return p
}

// next returns the next span, or io.EOF.
func (p *planner) next() (*span, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := &span{index: p.spans}
	var planned, streamed int64
	for p.source < len(p.sources) && planned < p.size && streamed < p.streamed {
		if err := p.ctx.Err(); err != nil {
			return nil, err
		}
		if p.in == nil {
			if p.excluded[p.source] != nil {
				p.source++
				continue
			}
			in, err := p.open()
			if err != nil {
				p.failed[p.source] = err
				p.source++
				continue
			}
			in.Use()
			p.in, p.at = in, 0
		}
		if p.in.HasRanges() {
			planned += p.takeRange(s, p.size-planned)
		} else {
			n := p.takeStream(s, min(p.size-planned, p.streamed-streamed))
			planned += n
			streamed += n
		}
	}
	if len(s.segments) == 0 {
		return nil, io.EOF
	}
	p.spans++
	return s, nil
}

// open opens the current source, and begins to open some that follow.
func (p *planner) open() (*source.Input, error) {
	for i := p.source; i <= min(p.source+openAhead, len(p.sources)-1); i++ {
		if p.excluded[i] != nil || p.opened[i] != nil {
			continue
		}
		result := make(chan opened, 1)
		p.opened[i] = result
		go func() {
			in, err := source.Open(p.ctx, p.sources[i].file(), p.progress)
			result <- opened{in, err}
		}()
	}
	result := <-p.opened[p.source]
	delete(p.opened, p.source)
	return result.in, result.err
}

// takeRange adds up to limit bytes of the current input to the span.
func (p *planner) takeRange(s *span, limit int64) int64 {
	n := min(limit, p.in.Size-p.at)
	p.in.Use()
	s.segments = append(s.segments, segment{source: p.source, in: p.in, start: p.at, end: p.at + n})
	if p.at += n; p.at == p.in.Size {
		p.closeInput()
	}
	return n
}

// takeStream reads at least limit bytes of the current stream, if it has them, into the span.
func (p *planner) takeStream(s *span, limit int64) (n int64) {
	if p.lines == nil {
		p.lines = p.in.StreamLines(p.maxLine)
	}
	s.segments = append(s.segments, segment{source: p.source, stream: true})
	g := &s.segments[len(s.segments)-1]
	for n < limit {
		b, err := p.lines.Next()
		if errors.Is(err, io.EOF) {
			err = p.in.CheckEnd()
			g.err = err
			p.closeInput()
			return n
		}
		if err != nil {
			g.err = err
			p.closeInput()
			return n
		}
		g.blocks = append(g.blocks, b)
		n += max(int64(len(b.Data)), b.Skipped)
	}
	return n
}

func (p *planner) closeInput() {
	p.in.Done()
	p.in, p.lines = nil, nil
	p.source++
}

// fail notes that a source failed.
func (p *planner) fail(source int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failed[source] == nil {
		p.failed[source] = err
	}
}

// close releases what is still open.
func (p *planner) close() {
	if p.in != nil {
		p.closeInput()
	}
	for _, result := range p.opened {
		if r := <-result; r.err == nil {
			r.in.Use()
			r.in.Done()
		}
	}
}
