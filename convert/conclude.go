package convert

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"

	"ndjson-parquet/convert/internal/infer"
	"ndjson-parquet/convert/internal/source"
)

// conclude is the end of a pass: all spans are in, and the evidence is complete.
func (p *pass) conclude(ctx context.Context) (outcome, error) {
	p.final = infer.Learn(p.evidence, p.opts.Base, p.opts.MaxColumns)
	if p.judgeSources() {
		return sourceFailed, nil
	}
	var again []*spanResult
	for i, r := range p.results {
		if r.fits(p.final) {
			continue
		}
		if i < p.written || r.span.streamed() {
			return wrongSchema, nil
		}
		again = append(again, r)
	}
	if !p.output.firstIs(p.final) {
		return wrongSchema, nil
	}
	for _, schema := range p.output.closedUnder {
		if !schema.Equal(p.final) {
			return wrongSchema, nil
		}
	}
	if err := p.redo(ctx, again); err != nil {
		return done, err
	}
	if p.judgeSources() {
		return sourceFailed, nil
	}
	for p.written < len(p.results) {
		if err := p.writeNext(); err != nil {
			return done, err
		}
	}
	result := p.summary()
	var metadata []MetadataEntry
	if p.opts.Metadata != nil {
		metadata = p.opts.Metadata(result)
	}
	parts, err := p.output.close(p.final, metadata)
	if err != nil {
		return done, err
	}
	result.Parts = parts
	for _, part := range result.Parts {
		result.BytesOut += part.Bytes
	}
	p.conversion.result = result
	return done, nil
}

// judgeSources excludes the sources that failed or have too many rejected records, and reports whether there are any.
func (p *pass) judgeSources() bool {
	found := false
	for source, err := range p.planner.failed {
		p.excluded[source] = err
		found = true
	}
	limit := p.opts.MaxRejectedPercent
	for i := range p.sources {
		t := &p.counts[i]
		if p.excluded[i] != nil || p.sources[i].AcceptRejected || limit <= 0 || limit >= 100 {
			continue
		}
		if lines := t.Lines - t.Blank; float64(t.Rejected)*100 > limit*float64(lines) {
			p.excluded[i] = fmt.Errorf("%w: %d of %d lines (at most %g %%)", ErrTooManyRejects, t.Rejected, lines, limit)
			found = true
		}
	}
	return found
}

// streamed reports whether part of the span came from a stream, which cannot be read again in part.
func (s *span) streamed() bool {
	for i := range s.segments {
		if s.segments[i].stream {
			return true
		}
	}
	return false
}

// redo processes spans again, under the final schema.
func (p *pass) redo(ctx context.Context, again []*spanResult) error {
	var next atomic.Int64
	var workers sync.WaitGroup
	errs := make([]error, p.opts.Parallelism)
	for n := range p.opts.Parallelism {
		workers.Go(func() {
			w := p.newWorker()
			for {
				i := int(next.Add(1)) - 1
				if i >= len(again) {
					return
				}
				if errs[n] = ctx.Err(); errs[n] != nil {
					return
				}
				r := again[i]
				if err := p.reopen(ctx, r.span); err != nil {
					errs[n] = err
					return
				}
				r.discard()
				renewed := w.process(r.span, p.final, true)
				for i := range r.span.segments {
					r.span.segments[i].release()
				}
				p.mu.Lock()
				for source, err := range renewed.failed {
					p.planner.fail(source, err)
				}
				for i := range r.span.segments {
					p.counts[r.span.segments[i].source].subtract(r.counts[i])
					p.counts[r.span.segments[i].source].Add(renewed.counts[i])
				}
				*r = *renewed
				p.mu.Unlock()
			}
		})
	}
	workers.Wait()
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// reopen opens what a span was read from.
func (p *pass) reopen(ctx context.Context, s *span) error {
	for i := range s.segments {
		g := &s.segments[i]
		in, err := source.Open(ctx, p.sources[g.source].file(), p.progress)
		if err == nil && !in.HasRanges() {
			in.Use()
			in.Done()
			err = fmt.Errorf("%w: it was readable at any position before", ErrChanged)
		}
		if err != nil {
			p.mu.Lock()
			p.planner.fail(g.source, err)
			p.mu.Unlock()
			continue
		}
		in.Use()
		g.in = in
	}
	return nil
}

// abort releases what the pass holds.
func (p *pass) abort() {
	for _, r := range p.results {
		r.discard()
	}
	for _, r := range p.ready {
		r.discard()
	}
	p.output.abort()
}

// summary tells what the conversion did, but for its parts.
func (p *pass) summary() *Result {
	result := &Result{Schema: p.final, Passes: p.passes}
	for i := range p.sources {
		s := SourceResult{URI: p.sources[i].URI, Err: p.excluded[i]}
		if s.Err == nil {
			s.Counts = p.counts[i]
			result.Counts.Add(s.Counts)
			result.BytesIn += max(p.sources[i].Size, 0)
		}
		result.Sources = append(result.Sources, s)
	}
	for _, f := range p.final.Columns {
		if base := p.opts.Base.Column(f.Name); base == nil || !base.Equal(&f.Type) {
			result.New = append(result.New, f)
		}
	}
	return result
}
