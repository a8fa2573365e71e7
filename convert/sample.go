package convert

import (
	"bytes"
	"context"

	"ndjson-parquet/convert/internal/infer"
	"ndjson-parquet/convert/internal/scan"
	"ndjson-parquet/convert/internal/source"
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
	seen := scan.NewObserver(8*p.opts.MaxColumns, p.opts.MaxDepth)
	w := p.newWorker()
	for i := range first.segments {
		g := &first.segments[i]
		if b, err := w.lines(g)(); err == nil && b.Skipped == 0 {
			seen.Lines(b.Data[:min(len(b.Data), firstSampleBytes)])
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
				p.samplePlace(ctx, &p.sources[i], at, seen)
				break
			}
			at -= size
		}
	}
	p.mu.Lock()
	p.learnt.Merge(seen.Evidence)
	p.guess = infer.Learn(p.learnt, p.opts.Base, p.opts.MaxColumns)
	p.mu.Unlock()
}

// samplePlace learns from a few records behind a position. It does not matter if it cannot.
func (p *pass) samplePlace(ctx context.Context, s *Source, at int64, seen *scan.Observer) {
	in, err := source.Open(ctx, s.file(), func(int) {})
	if err != nil {
		return
	}
	in.Use()
	defer in.Done()
	if !in.HasRanges() {
		return
	}
	buf := make([]byte, sampleBytes)
	n, _ := in.ReadAt(buf[:min(int64(len(buf)), in.Size-at)], at)
	if start := bytes.IndexByte(buf[:n], '\n'); start >= 0 {
		seen.Lines(buf[start+1 : n])
	}
}
