package web

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"ndjson-parquet/internal/pipeline"
)

const (
	recentDates   = 60  // newest dates whose batches are read
	recentBatches = 200 // of each, the latest
)

// recent keeps the latest batches of each date, and reads those of a date again only when its
// counts have changed or some of them have not ended.
type recent struct {
	ledger pipeline.LedgerReader

	mu    sync.Mutex
	dates map[string]*dateBatches
}

type dateBatches struct {
	counts  string // the date's counts when its batches were read
	batches []pipeline.Batch
	live    bool
}

func newRecent(ledger pipeline.LedgerReader) *recent {
	return &recent{ledger: ledger, dates: map[string]*dateBatches{}}
}

// batches returns the latest batches of the dates of a summary, those claimed last first.
func (c *recent) batches(ctx context.Context, summary []pipeline.DateSummary) ([]pipeline.Batch, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var all []pipeline.Batch
	read := 0
	for _, d := range slices.Backward(summary) {
		if d.Date == pipeline.Undated {
			continue
		}
		if read++; read > recentDates {
			break
		}
		counts := fmt.Sprint(d)
		known := c.dates[d.Date]
		if known == nil || known.live || known.counts != counts {
			known = &dateBatches{counts: counts}
			for b, err := range c.ledger.LatestBatches(ctx, d.Date) {
				if err != nil {
					return nil, err
				}
				known.batches = append(known.batches, b)
				known.live = known.live || !b.Status.Final()
				if len(known.batches) == recentBatches {
					break
				}
			}
			c.dates[d.Date] = known
		}
		all = append(all, known.batches...)
	}
	slices.SortStableFunc(all, func(a, b pipeline.Batch) int { return b.CreatedAt.Compare(a.CreatedAt) })
	return all, nil
}

// An overview is the state of the whole pipeline.
type overview struct {
	Dates   []pipeline.DateSummary
	Files   map[pipeline.Status]int
	Pending []pipeline.PendingDate
	Batches []pipeline.Batch // recent ones, claimed last first
	Bytes   int64
	pipeline.Counts
	Letters int // dead letters that the ledger has
	At      time.Time
}

// mostLetters bounds the dead letters that are counted.
const mostLetters = 1000

func (s *Server) overview(ctx context.Context) (overview, error) {
	o := overview{Files: map[pipeline.Status]int{}, At: s.Now()}
	var err error
	if o.Dates, err = s.View.Ledger.Summary(ctx, ""); err != nil {
		return o, err
	}
	for _, d := range o.Dates {
		for status, n := range d.Files {
			o.Files[status] += n
		}
		o.Bytes += d.Bytes
		o.Add(d.Counts)
	}
	if o.Pending, err = s.View.Ledger.PendingDates(ctx); err != nil {
		return o, err
	}
	letters, err := s.View.RecordedDeadLetters(ctx, mostLetters)
	if err != nil {
		return o, err
	}
	o.Letters = len(letters)
	o.Batches, err = s.recent.batches(ctx, o.Dates)
	return o, err
}

// All is the number of files.
func (o overview) All() int {
	sum := 0
	for _, n := range o.Files {
		sum += n
	}
	return sum
}

// Live returns the batches that have not ended.
func (o overview) Live() []pipeline.Batch {
	var live []pipeline.Batch
	for _, b := range o.Batches {
		if !b.Status.Final() {
			live = append(live, b)
		}
	}
	return live
}

// OldestPending is when the file that has been pending longest arrived.
func (o overview) OldestPending() time.Time {
	if len(o.Pending) == 0 {
		return time.Time{}
	}
	return slices.MinFunc(o.Pending, func(a, b pipeline.PendingDate) int { return a.Oldest.Compare(b.Oldest) }).Oldest
}

// oldest is when the batch of a status that changed least recently changed.
func (o overview) oldest(status pipeline.Status) time.Time {
	var oldest time.Time
	for _, b := range o.Live() {
		if b.Status == status && (oldest.IsZero() || b.UpdatedAt.Before(oldest)) {
			oldest = b.UpdatedAt
		}
	}
	return oldest
}

// fingerprint changes with everything that pages show. It is cheap where the ledger keeps sums.
func (s *Server) fingerprint(ctx context.Context) (string, error) {
	dates, err := s.View.Ledger.Summary(ctx, "")
	if err != nil {
		return "", err
	}
	letters, err := s.View.RecordedDeadLetters(ctx, mostLetters)
	if err != nil {
		return "", err
	}
	text := fmt.Sprint(len(letters))
	for _, d := range dates {
		text += d.Date + fmt.Sprint(d.Counts, d.Bytes)
		for _, status := range slices.Sorted(maps.Keys(d.Files)) {
			text += fmt.Sprint(status, d.Files[status])
		}
	}
	if s.Progress != nil {
		text += fmt.Sprint(s.Progress())
	}
	return text, nil
}

// attentionCount is the number of things that wait for an operator.
func (s *Server) attentionCount(ctx context.Context) (int, error) {
	dates, err := s.View.Ledger.Summary(ctx, "")
	if err != nil {
		return 0, err
	}
	n := 0
	for _, d := range dates {
		n += d.Files[pipeline.Failed] + d.Files[pipeline.Quarantined]
	}
	letters, err := s.View.RecordedDeadLetters(ctx, mostLetters)
	return n + len(letters), err
}

// byDate orders summaries, the newest date first; undated files come last.
func byDate(dates []pipeline.DateSummary) []pipeline.DateSummary {
	return slices.SortedFunc(slices.Values(dates), func(a, b pipeline.DateSummary) int {
		if (a.Date == pipeline.Undated) != (b.Date == pipeline.Undated) {
			if a.Date == pipeline.Undated {
				return 1
			}
			return -1
		}
		return cmp.Compare(b.Date, a.Date)
	})
}
