package convert

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"

	"ndjson-parquet/convert/internal/infer"
	"ndjson-parquet/convert/internal/parquetfile"
	"ndjson-parquet/convert/schema"
)

// Convert converts the sources and writes the result to sink. A source that fails is left out, see [SourceResult]; the
// error is of the conversion as a whole (of the sink, of ctx, of the options), after which what the sink has received is
// worthless.
//
// Workers scan spans of the input on the speculation that what was seen so far tells the schema. Every span also yields
// evidence of what its records really hold. When all evidence is in, the schema follows from it; spans that were encoded
// under another are done again, and if one of those has been written already, everything is.
func Convert(ctx context.Context, sources []Source, sink Sink, opts Options) (*Result, error) {
	opts = opts.withDefaults()
	codec, err := opts.codec()
	if err != nil {
		return nil, err
	}
	c := &conversion{sources: sources, sink: sink, opts: opts, codec: codec, excluded: make([]error, len(sources))}
	guess := c.opts.Base
	for c.passes = 1; ; c.passes++ {
		p := newPass(c, guess)
		outcome, err := p.run(ctx)
		if err != nil {
			p.abort()
			return nil, err
		}
		guess = p.final
		if outcome == done {
			return c.result, nil
		}
		p.abort()
		if err := sink.Reset(); err != nil {
			return nil, fmt.Errorf("starting the output again: %w", err)
		}
		// A source that failed may have taught what no other source does: learn again. Otherwise all is known.
		c.frozen = outcome == wrongSchema
	}
}

// A conversion is what stays the same from one pass to the next.
type conversion struct {
	sources  []Source
	sink     Sink
	opts     Options
	codec    parquetfile.Codec
	excluded []error // by source: why it is left out
	frozen   bool    // the schema is known
	passes   int
	read     atomic.Int64
	result   *Result
}

// An outcome tells whether a pass must be followed by another.
type outcome uint8

const (
	done         outcome = iota
	wrongSchema          // a span was written under a schema that turned out wrong
	sourceFailed         // a source is to be left out
)

// A pass reads all sources once.
type pass struct {
	*conversion
	planner *planner
	sampled sync.Once
	output  *output

	mu        sync.Mutex
	guess     *schema.Schema  // what workers expect
	learnt    *infer.Evidence // from all spans so far, in the order in which they came: only for guess
	err       error
	ready     map[int]*spanResult // finished, waiting for their turn
	merged    int                 // spans whose evidence has been merged, in order
	written   int                 // spans that have been written
	surprised bool                // a guess was wrong
	held      int                 // bytes encoded and not yet written
	evidence  *infer.Evidence     // of the merged spans
	counts    []Counts            // by source, of the merged spans
	results   []*spanResult       // merged, in order; columns gone once written
	final     *schema.Schema
	slots     *sync.Cond
	running   int
}

func newPass(c *conversion, guess *schema.Schema) *pass {
	p := &pass{conversion: c, guess: guess, learnt: infer.NewEvidence(8 * c.opts.MaxColumns), ready: map[int]*spanResult{},
		evidence: infer.NewEvidence(8 * c.opts.MaxColumns), counts: make([]Counts, len(c.sources))}
	p.slots = sync.NewCond(&p.mu)
	return p
}

// heldBytes is how much encoded output is kept back once a guess has been wrong, so that it need not be written again if the
// schema changes once more.
const heldBytes = 16 << 20

// run runs the pass.
func (p *pass) run(ctx context.Context) (outcome, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	p.planner = newPlanner(ctx, p.sources, p.excluded, &p.opts, p.progress)
	defer p.planner.close()
	p.output = newOutput(p.conversion)

	var workers sync.WaitGroup
	for range p.opts.Parallelism {
		workers.Go(func() {
			if err := p.work(ctx); err != nil {
				p.mu.Lock()
				if p.err == nil {
					p.err = err
				}
				p.slots.Broadcast()
				p.mu.Unlock()
				cancel()
			}
		})
	}
	workers.Wait()
	if p.err != nil {
		return done, p.err
	}
	return p.conclude(ctx)
}

func (p *pass) progress(n int) {
	if p.opts.Progress != nil && n > 0 {
		p.opts.Progress(p.read.Add(int64(n)))
	}
}

// newWorker returns a worker.
func (p *pass) newWorker() *worker {
	return &worker{opts: &p.opts, sources: p.sources, progress: p.progress,
		encoding: parquetfile.EncoderOptions{Codec: p.codec, Workspace: new(parquetfile.Workspace)}}
}

// work processes spans until there are no more.
func (p *pass) work(ctx context.Context) error {
	w := p.newWorker()
	for {
		s, err := p.nextSpan()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		p.sampled.Do(func() { p.sample(ctx, s) })
		guess := p.currentGuess()
		result := w.process(s, guess, p.frozen)
		if !p.frozen && len(result.failed) == 0 {
			if better := p.learnFrom(result); !result.fits(better) {
				p.beSurprised()
				result.discard()
				result = w.process(s, better, false)
			}
		}
		for i := range s.segments {
			s.segments[i].release()
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := p.deposit(result); err != nil {
			return err
		}
	}
}

// release lets go of what a segment was read from.
func (g *segment) release() {
	if g.in != nil {
		g.in.Done()
		g.in = nil
	}
	g.blocks = nil
}

// nextSpan returns the next span as soon as not too many others are unfinished or unwritten.
func (p *pass) nextSpan() (*span, error) {
	p.mu.Lock()
	for p.running-p.merged > p.opts.Parallelism && p.err == nil {
		p.slots.Wait()
	}
	err := p.err
	p.running++
	p.mu.Unlock()
	if err != nil {
		return nil, err
	}
	s, err := p.planner.next()
	if err != nil {
		p.mu.Lock()
		p.running--
		p.mu.Unlock()
	}
	return s, err
}

func (p *pass) currentGuess() *schema.Schema {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.guess
}

// learnFrom improves the guess by what a span has shown and returns it.
func (p *pass) learnFrom(r *spanResult) *schema.Schema {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.learnt.Merge(r.evidence)
	if better := infer.Learn(p.learnt, p.opts.Base, p.opts.MaxColumns); !better.Equal(p.guess) {
		p.guess = better
	}
	return p.guess
}

// beSurprised notes that a guess was wrong: more may be.
func (p *pass) beSurprised() {
	p.mu.Lock()
	p.surprised = true
	p.mu.Unlock()
}

// fits reports whether the result is what the span would have become under schema s: all columns that have values in it have
// the same types.
func (r *spanResult) fits(s *schema.Schema) bool {
	return r.evidence.SameLayout(r.schema, s)
}

// deposit takes a finished span, and writes what can be written.
func (p *pass) deposit(r *spanResult) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ready[r.span.index] = r
	for {
		next := p.ready[p.merged]
		if next == nil {
			break
		}
		delete(p.ready, p.merged)
		p.merged++
		p.merge(next)
		p.slots.Broadcast()
	}
	for p.written < len(p.results) && (p.held > heldBytes || !p.surprised) {
		if err := p.writeNext(); err != nil {
			return err
		}
	}
	return nil
}

// merge takes note of what the next span has shown.
func (p *pass) merge(r *spanResult) {
	p.results = append(p.results, r)
	p.held += r.bytes
	p.evidence.Merge(r.evidence)
	for source, err := range r.failed {
		p.planner.fail(source, err)
	}
	for i := range r.span.segments {
		p.counts[r.span.segments[i].source].Add(r.counts[i])
	}
}

// writeNext writes the oldest span not yet written.
func (p *pass) writeNext() error {
	r := p.results[p.written]
	p.written++
	p.held -= r.bytes
	r.bytes = 0
	known := p.guess // in a second pass
	if !p.frozen {
		known = infer.Learn(p.evidence, p.opts.Base, p.opts.MaxColumns)
	}
	return p.output.write(r, known)
}
