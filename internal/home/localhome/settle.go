package localhome

import (
	"sync"
	"time"

	"ndjson-parquet/internal/pipeline"
)

// A settler decides whether a file has been unchanged for long enough to count as complete: since
// it was last modified, or, if that time is in the future, since the settler first saw it.
type settler struct {
	after time.Duration
	now   func() time.Time

	mu   sync.Mutex
	seen map[string]sighting // by key; only of files that are not ready
}

type sighting struct {
	etag string
	at   time.Time
}

func newSettler(after time.Duration, now func() time.Time) *settler {
	return &settler{after: after, now: now, seen: map[string]sighting{}}
}

// ready implements pipeline.SweepOptions.Ready.
func (s *settler) ready(a pipeline.Arrival) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	first, known := s.seen[a.Key]
	if known && first.etag == a.ETag && now.Sub(first.at) >= s.after || now.Sub(a.ModTime) >= s.after {
		delete(s.seen, a.Key)
		return true
	}
	if !known || first.etag != a.ETag {
		s.seen[a.Key] = sighting{a.ETag, now}
	}
	return false
}
