package memoryledger

import (
	"context"
	"iter"
	"maps"
	"slices"
	"time"

	"ndjson-parquet/internal/pipeline"
)

// Batch implements pipeline.Ledger.
func (l *Ledger) Batch(ctx context.Context, id pipeline.BatchID) (pipeline.Batch, []pipeline.File, error) {
	if err := ready(ctx, nil); err != nil {
		return pipeline.Batch{}, nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	p, e := l.find(id)
	if e == nil {
		return pipeline.Batch{}, nil, pipeline.BatchNotFound(id)
	}
	var files []pipeline.File
	for _, key := range e.keys {
		if f := p.files[key]; f.BatchID == id {
			files = append(files, f)
		}
	}
	return e.Batch, files, nil
}

// Stale implements pipeline.Ledger.
func (l *Ledger) Stale(ctx context.Context, before, _ time.Time) iter.Seq2[pipeline.Batch, error] {
	return func(yield func(pipeline.Batch, error) bool) {
		stale := l.selectBatches("", func(b pipeline.Batch) bool {
			return (b.Status == pipeline.Manifested || b.Status == pipeline.Processing) && b.UpdatedAt.Before(before)
		})
		slices.SortStableFunc(stale, func(a, b pipeline.Batch) int { return a.UpdatedAt.Compare(b.UpdatedAt) })
		pages(stale, ready(ctx, nil))(yield)
	}
}

// Batches implements pipeline.Ledger.
func (l *Ledger) Batches(ctx context.Context, date string) iter.Seq2[pipeline.Batch, error] {
	return func(yield func(pipeline.Batch, error) bool) {
		pages(l.selectBatches(date, func(pipeline.Batch) bool { return true }), ready(ctx, nil))(yield)
	}
}

func (l *Ledger) selectBatches(date string, wanted func(pipeline.Batch) bool) []pipeline.Batch {
	l.mu.Lock()
	defer l.mu.Unlock()
	var found []pipeline.Batch
	for _, d := range l.selected(date) {
		for _, e := range l.date(d).batches {
			if e.ID != "" && wanted(e.Batch) {
				found = append(found, e.Batch)
			}
		}
	}
	return found
}

// PendingDates implements pipeline.Ledger.
func (l *Ledger) PendingDates(ctx context.Context) ([]pipeline.PendingDate, error) {
	if err := ready(ctx, nil); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var dates []pipeline.PendingDate
	for _, d := range l.selected("") {
		if pending := l.dates[d].pending; len(pending) > 0 {
			dates = append(dates, pipeline.PendingDate{Date: d, Oldest: pending[0].CreatedAt})
		}
	}
	return dates, nil
}

// File implements pipeline.Ledger.
func (l *Ledger) File(ctx context.Context, date, key string) (pipeline.File, error) {
	if err := ready(ctx, nil); err != nil {
		return pipeline.File{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	f, ok := l.date(date).files[key]
	if !ok {
		return pipeline.File{}, pipeline.FileNotFound(date, key)
	}
	return f, nil
}

// Versions implements pipeline.Ledger.
func (l *Ledger) Versions(ctx context.Context, date, key string) ([]pipeline.File, error) {
	first, err := l.File(ctx, date, key)
	if err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var further []pipeline.File
	for _, f := range l.date(date).files {
		if f.IsFurther(key) {
			further = append(further, f)
		}
	}
	slices.SortFunc(further, byArrival)
	return append([]pipeline.File{first}, further...), nil
}

// Files implements pipeline.Ledger.
func (l *Ledger) Files(ctx context.Context, date string, status pipeline.Status) iter.Seq2[pipeline.File, error] {
	return func(yield func(pipeline.File, error) bool) {
		pages(l.selectFiles(date, status), ready(ctx, nil))(yield)
	}
}

// FilesAfter implements pipeline.Ledger.
func (l *Ledger) FilesAfter(ctx context.Context, date, after string, status pipeline.Status) iter.Seq2[pipeline.File,
	error] {
	return func(yield func(pipeline.File, error) bool) {
		files := slices.DeleteFunc(l.selectFiles(date, status), func(f pipeline.File) bool { return f.Key <= after })
		pages(files, ready(ctx, nil))(yield)
	}
}

// LatestBatches implements pipeline.Ledger.
func (l *Ledger) LatestBatches(ctx context.Context, date string) iter.Seq2[pipeline.Batch, error] {
	return func(yield func(pipeline.Batch, error) bool) {
		batches := l.selectBatches(date, func(pipeline.Batch) bool { return true })
		slices.Reverse(batches)
		pages(batches, ready(ctx, nil))(yield)
	}
}

func (l *Ledger) selectFiles(date string, status pipeline.Status) []pipeline.File {
	l.mu.Lock()
	defer l.mu.Unlock()
	var found []pipeline.File
	for _, d := range l.selected(date) {
		p := l.date(d)
		for _, key := range slices.Sorted(maps.Keys(p.files)) {
			if f := p.files[key]; status == "" || f.Status == status {
				found = append(found, f)
			}
		}
	}
	return found
}

// Summary implements pipeline.Ledger.
func (l *Ledger) Summary(ctx context.Context, date string) ([]pipeline.DateSummary, error) {
	if err := ready(ctx, nil); err != nil {
		return nil, err
	}
	var dates []pipeline.DateSummary
	for _, f := range l.selectFiles(date, "") {
		if n := len(dates); n == 0 || dates[n-1].Date != f.DatePrefix {
			dates = append(dates, pipeline.DateSummary{Date: f.DatePrefix, Files: map[pipeline.Status]int{}})
		}
		d := &dates[len(dates)-1]
		d.Files[f.Status]++
		d.Bytes += f.Size
		d.Add(f.Counts)
	}
	return dates, nil
}
