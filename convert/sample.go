package convert

import (
	"bytes"
	"context"

	"ndjson-parquet/convert/internal/infer"
	"ndjson-parquet/convert/internal/scan"
	"ndjson-parquet/convert/internal/source"
)

// Before the first span is scanned, a few records from several places of the input give the first
// guess of the schema. A good guess saves work; the result does not depend on it, because the
// evidence of all records decides.
const (
	firstSampleBytes = 64 << 10 // of the first span
	sampleBytes      = 32 << 10 // at each of the other places
	samples          = 4        // places
)

// sample learns from the start of the first span, and from later places of sources that can be read
// in ranges.
func (p *pass) sample(ctx context.Context, first *span) {
	if p.frozen {
		return
	}
	seen := scan.NewObserver(p.opts.limits())
	w := p.newWorker()
	for i := range first.segments {
		if b, err := w.blocks(&first.segments[i])(); err == nil && b.Skipped == 0 {
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
				samplePlace(ctx, p.sources[i].file(&p.opts), at, seen)
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

// samplePlace learns from the records that follow position at of a source. Errors are ignored: the
// conversion meets them again when it reads the source.
func samplePlace(ctx context.Context, s source.File, at int64, seen *scan.Observer) {
	in, err := source.Open(ctx, s, func(int) {})
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
