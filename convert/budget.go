package convert

import (
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// Errors of a source that exceeds a budget of Options.
var (
	// ErrTooLargeDecompressed means that a source exceeds Options.MaxDecompressedBytes or
	// MaxDecompressionRatio.
	ErrTooLargeDecompressed = errors.New("the decompressed data is too large")
	// ErrTooSlow means that a source exceeds Options.MaxSourceTime.
	ErrTooSlow = errors.New("the file takes too long")
)

// leastForRatio is the decompressed size from which Options.MaxDecompressionRatio applies. A small
// file may well consist of repetitions.
const leastForRatio = 16 << 20

// A budget is what the sources have used in a pass. Spans of one source are processed at the same
// time, so it is shared by the workers.
type budget struct {
	opts    *Options
	sources []Source
	used    []used // by source
}

type used struct {
	rejected atomic.Int64 // bytes of the rejected records as they are written
	time     atomic.Int64 // ns
}

func newBudget(j *job) *budget {
	return &budget{opts: &j.opts, sources: j.sources, used: make([]used, len(j.sources))}
}

// decompressed returns the error of a source of which n bytes have been decompressed.
func (b *budget) decompressed(source int, n int64) error {
	s := &b.sources[source]
	limit, ratio := b.opts.MaxDecompressedBytes, b.opts.MaxDecompressionRatio
	switch {
	case s.AcceptRejected:
	case limit > 0 && n > limit:
		return fmt.Errorf("%w: more than %d bytes", ErrTooLargeDecompressed, limit)
	case ratio > 0 && s.Size > 0 && n > leastForRatio && float64(n) > ratio*float64(s.Size):
		return fmt.Errorf("%w: more than %g times its size of %d bytes", ErrTooLargeDecompressed, ratio, s.Size)
	}
	return nil
}

// spend records what a worker used for a part of a source.
func (b *budget) spend(r *spanResult, source int, rejected int64, time time.Duration) error {
	u := &b.used[source]
	if r.spent == nil {
		r.spent = map[int]int64{}
	}
	r.spent[source] += rejected
	bytes, took := u.rejected.Add(rejected), u.time.Add(int64(time))
	switch {
	case b.sources[source].AcceptRejected:
	case b.opts.MaxRejectedBytes > 0 && bytes > b.opts.MaxRejectedBytes:
		return fmt.Errorf("%w: they take more than %d bytes", ErrTooManyRejects, b.opts.MaxRejectedBytes)
	case b.opts.MaxSourceTime > 0 && took > int64(b.opts.MaxSourceTime):
		return fmt.Errorf("%w: more than %v", ErrTooSlow, b.opts.MaxSourceTime)
	}
	return nil
}

// refund gives back the rejected bytes of a span that is processed again.
func (b *budget) refund(r *spanResult) {
	for source, n := range r.spent {
		b.used[source].rejected.Add(-n)
	}
	r.spent = nil
}
