package convert

import (
	"bytes"
	"context"
)

// Before the first span is scanned, a few places of the input are looked at, so that the first guess at the schema is a
// good one. It only saves work: whatever the guess, the evidence of all records decides.
const (
	firstSampleBytes = 64 << 10
	sampleBytes      = 32 << 10 // at the other places
	samples          = 4
)

// sample learns from the beginning of the first span, and from places further on where the sources can be read in ranges.
func (p *pass) sample(ctx context.Context, first *span) {
	if p.frozen {
		return
	}
	seen := newEvidence(8 * p.opts.MaxColumns)
	observer := parser{maxDepth: p.opts.MaxDepth}
	w := p.newWorker()
	for i := range first.segments {
		g := &first.segments[i]
		if b, err := w.blocks(g)(); err == nil && b.skipped == 0 {
			observer.observeLines(seen, b.data[:min(len(b.data), firstSampleBytes)])
			break
		}
	}
	var total int64
	for i := range p.sources {
		total += max(p.sources[i].Size, 0)
	}
	for n := int64(1); n < samples; n++ {
		at := total / samples * n
		for i := range p.sources {
			size := max(p.sources[i].Size, 0)
			if at < size {
				p.samplePlace(ctx, &p.sources[i], at, seen, &observer)
				break
			}
			at -= size
		}
	}
	p.mu.Lock()
	p.learnt.merge(seen)
	p.guess = learn(p.learnt, p.opts.Base, p.opts.MaxColumns)
	p.mu.Unlock()
}

// samplePlace learns from a few records behind a position. It does not matter if it cannot.
func (p *pass) samplePlace(ctx context.Context, s *Source, at int64, seen *evidence, observer *parser) {
	in, err := openInput(ctx, s, func(int) {})
	if err != nil {
		return
	}
	in.use()
	defer in.done()
	if in.ranges == nil {
		return
	}
	buf := make([]byte, sampleBytes)
	n, _ := in.ranges.ReadAt(buf[:min(int64(len(buf)), in.size-at)], at)
	if start := bytes.IndexByte(buf[:n], '\n'); start >= 0 {
		observer.observeLines(seen, buf[start+1:n])
	}
}

// observeLines counts the records in whole lines at the front of data.
func (p *parser) observeLines(e *evidence, data []byte) {
	for {
		end := bytes.IndexByte(data, '\n')
		if end < 0 {
			return
		}
		if p.parse(data[:end]) == nil {
			p.observe(e, 0)
		}
		data = data[end+1:]
	}
}
