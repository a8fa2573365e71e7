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
	"ndjson-parquet/convert/internal/source"
	"ndjson-parquet/convert/schema"
)

// Convert converts the sources and writes the output to sink. A source that fails is left out, and
// its [SourceResult] has the reason. An error of Convert is one of the sink, of ctx or of the
// options; the content of the sink is then invalid.
//
// Workers scan spans of the input with the schema that the records so far suggest. Each span also
// yields evidence of what its records hold. The evidence of all spans determines the final schema.
// Spans that were encoded with columns of other types are then processed again; if such a span has
// been written already, the whole conversion starts again with the final schema.
func Convert(ctx context.Context, sources []Source, sink Sink, opts Options) (*Result, error) {
	opts = opts.withDefaults()
	codec, err := opts.Compression.codec()
	if err != nil {
		return nil, err
	}
	if opts.records, err = source.ParseRecordsPath(opts.RecordsPath); err != nil {
		return nil, fmt.Errorf("records path %q: %w", opts.RecordsPath, err)
	}
	j := &job{sources: sources, sink: sink, opts: opts, codec: codec, excluded: make([]error, len(sources)),
		serial: make([]bool, len(sources))}
	guess := j.opts.Base
	for j.passes = 1; ; j.passes++ {
		p := newPass(j, guess)
		verdict, err := p.run(ctx)
		if err != nil {
			p.abort()
			return nil, err
		}
		guess = p.final
		if verdict == accepted {
			return j.result, nil
		}
		p.abort()
		if err := sink.Reset(); err != nil {
			return nil, fmt.Errorf("starting the output again: %w", err)
		}
		// The next pass must learn again if a source failed: its records no longer count.
		j.frozen = verdict == wrongSchema
	}
}

// A job is what the passes of a conversion have in common.
type job struct {
	sources  []Source
	sink     Sink
	opts     Options // with defaults
	codec    parquetfile.Codec
	excluded []error // by source: why it is left out
	serial   []bool  // by source: it is read as a stream, because a line is longer than a span
	frozen   bool    // the schema is final
	passes   int
	read     atomic.Int64 // bytes
	result   *Result
}

// A verdict on a pass says whether another one must follow.
type verdict uint8

const (
	accepted     verdict = iota
	wrongSchema          // a span was written with a schema that turned out to be wrong
	sourceFailed         // the output has rows of a source that must be left out, or read as a stream
)

// A pass reads all sources once.
type pass struct {
	*job
	planner *planner
	sampled sync.Once
	output  *output

	mu        sync.Mutex
	turn      *sync.Cond          // signalled when a span has been merged, and when err is set
	guess     *schema.Schema      // which workers start from; final in a pass that does not learn
	learnt    *infer.Evidence     // of all spans so far, in the order in which they were finished; for guess only
	err       error               // the first of a worker
	running   int                 // spans that have been taken from the planner
	ready     map[int]*spanResult // finished spans that wait for an earlier one, by index
	merged    int                 // spans whose evidence has been merged, in order
	written   int                 // spans that have been written, in order
	surprised bool                // a guess was wrong
	lost      bool                // a span was written without a column that it has
	held      int                 // bytes encoded and not yet written
	evidence  *infer.Evidence     // of the merged spans
	counts    []Counts            // by source, of the merged spans
	results   []*spanResult       // of the merged spans; without columns once they have been written
	final     *schema.Schema      // known when all spans have been merged
}

func newPass(j *job, guess *schema.Schema) *pass {
	p := &pass{job: j, guess: guess, ready: map[int]*spanResult{}, counts: make([]Counts, len(j.sources)),
		learnt: j.opts.newEvidence(), evidence: j.opts.newEvidence()}
	p.turn = sync.NewCond(&p.mu)
	return p
}

// heldBytes is how much encoded output is held back once a guess has been wrong, because the schema
// may change again.
const heldBytes = 16 << 20

func (p *pass) run(ctx context.Context) (verdict, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	p.planner = newPlanner(ctx, p.job)
	defer p.planner.close()
	p.output = newOutput(p.job)

	var workers sync.WaitGroup
	for range p.opts.Parallelism {
		workers.Go(func() {
			if err := p.work(ctx); err != nil {
				p.mu.Lock()
				if p.err == nil {
					p.err = err
				}
				p.turn.Broadcast()
				p.mu.Unlock()
				cancel()
			}
		})
	}
	workers.Wait()
	if p.err != nil {
		return accepted, p.err
	}
	return p.conclude(ctx)
}

// report adds n bytes to the progress.
func (j *job) report(n int) {
	if j.opts.Progress != nil && n > 0 {
		j.opts.Progress(j.read.Add(int64(n)))
	}
}

func (p *pass) newWorker() *worker {
	return &worker{opts: &p.opts, sources: p.sources, report: p.report, budget: p.planner.budget,
		encoding: parquetfile.EncoderOptions{Codec: p.codec, Workspace: new(parquetfile.Workspace)}}
}

// work processes spans until there are none left.
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
		result := w.process(s, p.currentGuess(), p.frozen)
		if !p.frozen && len(result.failed) == 0 {
			if better := p.learnFrom(result); !result.fits(better) {
				p.beSurprised()
				p.planner.budget.refund(result)
				result.discard()
				result = w.process(s, better, false)
			}
		}
		s.release()
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := p.deposit(result); err != nil {
			return err
		}
	}
}

// nextSpan returns the next span once few enough others are unfinished.
func (p *pass) nextSpan() (*span, error) {
	p.mu.Lock()
	for p.running-p.merged > p.opts.Parallelism && p.err == nil {
		p.turn.Wait()
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

// learnFrom improves the guess by the evidence of a span and returns it.
func (p *pass) learnFrom(r *spanResult) *schema.Schema {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.learnt.Merge(r.evidence)
	if better := infer.Learn(p.learnt, p.opts.Base, p.opts.MaxColumns); !better.Equal(p.guess) {
		p.guess = better
	}
	return p.guess
}

// beSurprised records that a guess was wrong.
func (p *pass) beSurprised() {
	p.mu.Lock()
	p.surprised = true
	p.mu.Unlock()
}

// deposit accepts a finished span, and writes the spans that can be written.
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
		p.turn.Broadcast()
	}
	for p.written < len(p.results) && (p.held > heldBytes || !p.surprised) {
		known := p.known()
		if p.results[p.written].beyond(known) {
			// The guess gave a type to a column that has only [] and {} so far. The column has no
			// place in the file until its type is certain.
			if p.surprised = true; p.held <= heldBytes {
				return nil
			}
			p.lost = true
		}
		if err := p.writeNext(known); err != nil {
			return err
		}
	}
	return nil
}

// known returns the schema that follows from the spans that have been merged.
func (p *pass) known() *schema.Schema {
	if p.frozen {
		return p.guess
	}
	return infer.Learn(p.evidence, p.opts.Base, p.opts.MaxColumns)
}

// merge adds what the next span has shown.
func (p *pass) merge(r *spanResult) {
	p.results = append(p.results, r)
	p.held += r.bytes
	p.evidence.Merge(r.evidence)
	r.evidence = r.evidence.Columns()
	for source, err := range r.failed {
		p.planner.fail(source, err)
	}
	for i := range r.span.segments {
		p.counts[r.span.segments[i].source].Add(r.counts[i])
	}
}

// writeNext writes the first span that has not been written. known has the columns of the spans so
// far.
func (p *pass) writeNext(known *schema.Schema) error {
	r := p.results[p.written]
	p.written++
	p.held -= r.bytes
	r.bytes = 0
	return p.output.write(r, known)
}
