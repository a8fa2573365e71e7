package pipeline

import (
	"context"
	"iter"
	"time"

	"ndjson-parquet/internal/objectstore"
)

// listInput yields the objects of the input that a sweep looks at: all of them, or those that were
// modified within recent.
//
// Most objects of an input are old and known. With recent, keys that begin with a date before
// yesterday are therefore skipped, if the date pattern puts keys into the order of their dates: at
// the first of them the listing continues with yesterday's keys. A late file with such a name whose
// event is lost is found by the next sweep that lists everything.
func (p *Pipeline) listInput(ctx context.Context, recent time.Duration) iter.Seq2[objectstore.Object, error] {
	if recent <= 0 {
		return p.Input.List(ctx, "", "")
	}
	since := p.now().Add(-recent)
	pattern := p.Config.DatePattern.get()
	yesterday, _ := pattern.firstKey(p.Config.today(p.now()).AddDate(0, 0, -1))
	return func(yield func(objectstore.Object, error) bool) {
		for after, over := "", false; !over; {
			over = true
			for o, err := range p.Input.List(ctx, "", after) {
				if err == nil && after == "" && o.Key < yesterday && pattern.beginsWithDate(o.Key) {
					after, over = yesterday, false
					break
				}
				if err == nil && o.ModTime.Before(since) {
					continue
				}
				if !yield(o, err) {
					return
				}
			}
		}
	}
}
