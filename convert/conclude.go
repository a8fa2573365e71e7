package convert

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"ndjson-parquet/convert/internal/source"
)

// conclude ends a pass, after all spans have been merged.
func (p *pass) conclude(ctx context.Context) (verdict, error) {
	p.final = p.known()
	if p.excludeSources(ctx) {
		return sourceFailed, nil
	}
	if p.lost {
		return wrongSchema, nil
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
	if !p.output.beginsWithFirstColumn(p.final) {
		return wrongSchema, nil
	}
	for _, schema := range p.output.closedWith {
		if !schema.Equal(p.final) {
			return wrongSchema, nil
		}
	}
	if err := p.processAgain(ctx, again); err != nil {
		return accepted, err
	}
	if p.excludeSources(ctx) {
		return sourceFailed, nil
	}
	for p.written < len(p.results) {
		if err := p.writeNext(p.final); err != nil {
			return accepted, err
		}
	}
	result := p.summary()
	var metadata []MetadataEntry
	if p.opts.Metadata != nil {
		metadata = p.opts.Metadata(result)
	}
	if p.output.empty() && p.opts.EmptyPart != nil && p.opts.EmptyPart(result) {
		if err := p.output.openPart(); err != nil {
			return accepted, err
		}
	}
	parts, err := p.output.close(p.final, metadata)
	if err != nil {
		return accepted, err
	}
	result.Parts = parts
	for _, part := range result.Parts {
		result.BytesOut += part.Bytes
	}
	p.result = result
	return accepted, nil
}

// excludeSources excludes the sources that failed or have too many rejected records, and has those
// whose lines are longer than a span read as streams. It reports whether there are any.
func (p *pass) excludeSources(ctx context.Context) bool {
	found := false
	for i, err := range p.planner.failed {
		if errors.Is(err, source.ErrRunsOn) {
			p.serial[i] = true
		} else if errors.Is(err, source.ErrNoRecords) {
			p.excluded[i] = fmt.Errorf("%w: %w", ErrNotNDJSON, err)
		} else {
			p.excluded[i] = err
		}
		found = true
	}
	for i := range p.sources {
		if p.excluded[i] == nil && p.planner.failed[i] == nil && !p.sources[i].AcceptRejected {
			p.excluded[i] = p.verdictOn(ctx, i)
			found = found || p.excluded[i] != nil
		}
	}
	return found
}

// verdictOn returns the error for which a source that could be read is left out, or nil.
func (p *pass) verdictOn(ctx context.Context, i int) error {
	c := &p.counts[i]
	if c.Rows == 0 && c.Rejected > 0 {
		return p.notNDJSON(ctx, i)
	}
	limit := p.opts.MaxRejectedPercent
	if limit <= 0 || limit >= 100 {
		return nil
	}
	if records := c.Lines - c.Blank; float64(c.Rejected)*100 > limit*float64(records) {
		return fmt.Errorf("%w: %d of %d lines (at most %g %%)", ErrTooManyRejects, c.Rejected, records, limit)
	}
	return nil
}

// notNDJSON returns the error of a source without a row.
func (p *pass) notNDJSON(ctx context.Context, i int) error {
	file := p.sources[i].file(&p.opts)
	file.Records = nil
	head, err := source.Head(ctx, file, source.DiagnosisBytes)
	if err != nil {
		return err
	}
	if p.opts.records != nil {
		return fmt.Errorf("%w: what is at the records path %s are not objects, or not valid JSON", ErrNotNDJSON,
			p.opts.records)
	}
	return fmt.Errorf("%w: %s", ErrNotNDJSON, source.Diagnose(head))
}

// processAgain processes spans again, with the final schema.
func (p *pass) processAgain(ctx context.Context, again []*spanResult) error {
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
				p.replace(ctx, w, again[i])
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

// replace processes a span again, with the final schema, and replaces its result by the new one.
// Other values may be rescued then.
func (p *pass) replace(ctx context.Context, w *worker, r *spanResult) {
	p.reopen(ctx, r.span)
	p.planner.budget.refund(r)
	r.discard()
	renewed := w.process(r.span, p.final, true)
	r.span.release()
	p.mu.Lock()
	defer p.mu.Unlock()
	for source, err := range renewed.failed {
		p.planner.fail(source, err)
	}
	for i := range r.span.segments {
		c := &p.counts[r.span.segments[i].source]
		c.subtract(r.counts[i])
		c.Add(renewed.counts[i])
	}
	*r = *renewed
}

// reopen opens the inputs of a span. A source that cannot be opened fails.
func (p *pass) reopen(ctx context.Context, s *span) {
	for i := range s.segments {
		g := &s.segments[i]
		in, err := source.Open(ctx, p.sources[g.source].file(&p.opts), p.report)
		if err == nil && !in.HasRanges() {
			in.Close()
			err = fmt.Errorf("%w: it can no longer be read at any position", ErrChanged)
		}
		if err != nil {
			p.planner.fail(g.source, err)
			continue
		}
		in.Use()
		g.in = in
	}
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

// summary returns the result without its parts.
func (p *pass) summary() *Result {
	p.addMisfits()
	result := &Result{Schema: p.final, Passes: p.passes, Oddities: p.oddities()}
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
