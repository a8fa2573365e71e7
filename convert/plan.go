package convert

import (
	"context"
	"errors"
	"io"
	"sync"

	"ndjson-parquet/convert/internal/source"
)

// A planner divides the sources into spans. It is safe for concurrent use.
type planner struct {
	ctx      context.Context
	opts     *Options
	sources  []Source
	excluded []error // by source; nil for a source that is included
	serial   []bool  // by source
	limits   source.Limits
	size     int64 // of a span, in bytes
	streamed int64 // bytes of streams in a span, at most
	progress func(int)
	budget   *budget

	mu     sync.Mutex
	spans  int                 // number of spans returned
	source int                 // the current source
	in     *source.Input       // the current source while it is open
	at     int64               // bytes of it that are in spans, decompressed
	lines  *source.LineReader  // of a stream
	failed map[int]error       // by source
	opened map[int]chan opened // by source, for those that are being opened
}

// openAhead is the number of sources that are opened before their turn, because opening takes a
// round trip in an object store.
const openAhead = 3

type opened struct {
	in  *source.Input
	err error
}

func newPlanner(ctx context.Context, j *job) *planner {
	sources, excluded, o := j.sources, j.excluded, &j.opts
	p := &planner{ctx: ctx, opts: o, sources: sources, excluded: excluded, serial: j.serial, limits: o.lineLimits(),
		progress: j.report, budget: newBudget(j), failed: map[int]error{}, opened: map[int]chan opened{}}
	var total int64
	for i := range sources {
		if excluded[i] == nil {
			total += max(sources[i].Size, 0)
		}
	}
	p.size, p.streamed = spanBytes(total, o.spanScale), maxStreamBytes/o.spanScale
	return p
}

// next returns the next span, or io.EOF if there is none.
func (p *planner) next() (*span, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := &span{index: p.spans}
	var planned, streamed int64
	for p.source < len(p.sources) && planned < p.size && streamed < p.streamed {
		if err := p.ctx.Err(); err != nil {
			return nil, err
		}
		if p.in != nil && p.failed[p.source] != nil {
			p.closeInput() // the rest of it does not matter
			continue
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
		if p.in.HasRanges() && !p.serial[p.source] {
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

// open opens the current source, and starts to open the sources that follow it.
func (p *planner) open() (*source.Input, error) {
	for i := p.source; i <= min(p.source+openAhead, len(p.sources)-1); i++ {
		if p.excluded[i] != nil || p.opened[i] != nil {
			continue
		}
		result := make(chan opened, 1)
		p.opened[i] = result
		go func() {
			in, err := source.Open(p.ctx, p.sources[i].file(p.opts), p.progress)
			result <- opened{in, err}
		}()
	}
	result := <-p.opened[p.source]
	delete(p.opened, p.source)
	return result.in, result.err
}

// takeRange adds up to limit bytes of the current input to the span, and returns how many.
func (p *planner) takeRange(s *span, limit int64) int64 {
	n := min(limit, p.in.Size-p.at)
	p.in.Use()
	s.segments = append(s.segments, segment{source: p.source, in: p.in, start: p.at, end: p.at + n})
	if p.at += n; p.at == p.in.Size {
		p.closeInput()
	}
	return n
}

// takeStream reads blocks of the current stream into the span until they have limit bytes or the
// stream ends. It returns how many bytes they have.
func (p *planner) takeStream(s *span, limit int64) (n int64) {
	if p.lines == nil {
		if p.in.HasRanges() {
			p.lines = p.in.AllLines(p.limits, p.progress)
		} else {
			p.lines = p.in.StreamLines(p.limits)
		}
	}
	s.segments = append(s.segments, segment{source: p.source, stream: true})
	g := &s.segments[len(s.segments)-1]
	for n < limit {
		b, err := p.lines.Next()
		if errors.Is(err, io.EOF) {
			g.err, g.notes = p.in.CheckSize(), p.in.Notes()
			p.closeInput()
			return n
		}
		if err != nil {
			g.err = err
			p.closeInput()
			return n
		}
		size := max(int64(len(b.Data)), b.Skipped)
		p.at += size
		if err := p.budget.decompressed(p.source, p.at); err != nil {
			g.err = err
			p.closeInput()
			return n
		}
		g.blocks = append(g.blocks, b)
		n += size
	}
	return n
}

func (p *planner) closeInput() {
	p.in.Done()
	p.in, p.lines = nil, nil
	p.source++
}

// fail records that a source has failed. The first error counts.
func (p *planner) fail(source int, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.failed[source] == nil {
		p.failed[source] = err
	}
}

// close closes the sources that are still open.
func (p *planner) close() {
	if p.in != nil {
		p.closeInput()
	}
	for _, result := range p.opened {
		if r := <-result; r.err == nil {
			r.in.Close()
		}
	}
}
