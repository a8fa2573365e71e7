// Package memoryledger keeps a ledger in memory, for the simulation, for tests, and as the model
// with which the other ledgers are compared.
package memoryledger

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"ndjson-parquet/internal/pipeline"
)

// A Ledger is a pipeline.Ledger in memory.
type Ledger struct {
	mu    sync.Mutex
	dates map[string]*partition
}

// A partition is the rows of one date.
type partition struct {
	files   map[string]pipeline.File
	pending []pipeline.File // the pending ones of files, oldest first
	batches []entry         // batch number n is at index n-1
}

// put writes a row.
func (p *partition) put(f pipeline.File) {
	if old, ok := p.files[f.Key]; ok && old.Status == pipeline.Pending {
		i, _ := slices.BinarySearchFunc(p.pending, old, byArrival)
		p.pending = slices.Delete(p.pending, i, i+1)
	}
	p.files[f.Key] = f
	if f.Status == pipeline.Pending {
		i, _ := slices.BinarySearchFunc(p.pending, f, byArrival)
		p.pending = slices.Insert(p.pending, i, f)
	}
}

// byArrival orders files as they are claimed.
func byArrival(a, b pipeline.File) int {
	return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), strings.Compare(a.Key, b.Key))
}

// An entry is a batch with the keys of its files, in claim order.
type entry struct {
	pipeline.Batch
	keys []string
}

var _ pipeline.Ledger = (*Ledger)(nil)

// New returns an empty ledger.
func New() *Ledger { return &Ledger{dates: map[string]*partition{}} }

// date returns the partition of a date and creates it if necessary.
func (l *Ledger) date(d string) *partition {
	p := l.dates[d]
	if p == nil {
		p = &partition{files: map[string]pipeline.File{}}
		l.dates[d] = p
	}
	return p
}

// selected returns the dates that a query is about, in ascending order.
func (l *Ledger) selected(date string) []string {
	if date == "" {
		return slices.Sorted(maps.Keys(l.dates))
	}
	return []string{date}
}

// Admit implements pipeline.Ledger.
func (l *Ledger) Admit(ctx context.Context, r pipeline.AdmitRequest) (pipeline.Admission, error) {
	if err := ready(ctx, r.Check()); err != nil {
		return pipeline.Admission{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.admitLocked(r, true), nil
}

func (l *Ledger) admitLocked(r pipeline.AdmitRequest, write bool) pipeline.Admission {
	p := l.date(r.File.DatePrefix)
	var row *pipeline.File
	if f, ok := p.files[r.File.Key]; ok {
		row = &f
	}
	admission := r.Admission(row)
	if !admission.Written() {
		return admission
	}
	if further, ok := p.files[pipeline.FurtherKey(r.File.Key, r.File.Version)]; ok && row != nil {
		return pipeline.Admission{Verdict: pipeline.Known, File: further}
	}
	if write {
		p.put(admission.File)
	}
	return admission
}

// Unseen implements pipeline.Ledger.
func (l *Ledger) Unseen(ctx context.Context, files []pipeline.File) ([]pipeline.File, error) {
	if err := ready(ctx, nil); err != nil {
		return nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	var unseen []pipeline.File
	for _, f := range files {
		if l.admitLocked(pipeline.AdmitRequest{File: f, Policy: pipeline.OverwriteQuarantine}, false).Written() {
			unseen = append(unseen, f)
		}
	}
	return unseen, nil
}

// Claim implements pipeline.Ledger.
func (l *Ledger) Claim(ctx context.Context, r pipeline.ClaimRequest) (pipeline.Batch, []pipeline.File, error) {
	if err := ready(ctx, r.Check()); err != nil {
		return pipeline.Batch{}, nil, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.date(r.Date)
	chosen := r.Chosen(p.pending[:min(r.Max, len(p.pending))])
	if len(chosen) == 0 {
		return pipeline.Batch{}, nil, nil
	}
	b, files := r.ClaimedBatch(len(p.batches)+1, chosen)
	e := entry{Batch: b}
	for _, f := range files {
		p.put(f)
		e.keys = append(e.keys, f.Key)
	}
	p.batches = append(p.batches, e)
	return b, files, nil
}

// RecordAttempt implements pipeline.Ledger.
func (l *Ledger) RecordAttempt(ctx context.Context, id pipeline.BatchID, now time.Time) (pipeline.Batch, error) {
	return l.change(ctx, id, func(b pipeline.Batch) (pipeline.Batch, step, error) {
		b, err := b.AsProcessing(now)
		return b, pipeline.File.AsProcessing, err
	})
}

// Settle implements pipeline.Ledger.
func (l *Ledger) Settle(ctx context.Context, s pipeline.Settlement) (changed bool, err error) {
	_, err = l.change(ctx, s.ID, func(b pipeline.Batch) (pipeline.Batch, step, error) {
		b, changed, err = s.SettledBatch(b)
		if !changed {
			return b, nil, err
		}
		return b, func(f pipeline.File, _ pipeline.Batch) (pipeline.File, bool) { return s.SettledFile(f), true }, nil
	})
	return changed && err == nil, err
}

// Retry implements pipeline.Ledger.
func (l *Ledger) Retry(ctx context.Context, id pipeline.BatchID, now time.Time) (pipeline.Batch, error) {
	return l.change(ctx, id, func(b pipeline.Batch) (pipeline.Batch, step, error) {
		b, err := b.AsRetried(now)
		return b, pipeline.File.AsRetried, err
	})
}

// A step returns a file of a batch after a change of the batch, and false if the file does not
// change.
type step func(pipeline.File, pipeline.Batch) (pipeline.File, bool)

// change applies decide to a batch, and the step that decide returns to each of its files. A nil
// step changes nothing.
func (l *Ledger) change(ctx context.Context, id pipeline.BatchID,
	decide func(pipeline.Batch) (pipeline.Batch, step, error)) (pipeline.Batch, error) {
	if err := ready(ctx, nil); err != nil {
		return pipeline.Batch{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	p, e := l.find(id)
	if e == nil {
		return pipeline.Batch{}, pipeline.BatchNotFound(id)
	}
	b, each, err := decide(e.Batch)
	if err != nil || each == nil {
		return b, err
	}
	e.Batch = b
	for _, key := range e.keys {
		if f := p.files[key]; f.BatchID == id {
			if next, changed := each(f, b); changed {
				p.put(next)
			}
		}
	}
	return b, nil
}

func (l *Ledger) find(id pipeline.BatchID) (*partition, *entry) {
	if _, err := pipeline.ParseBatchID(string(id)); err != nil {
		return nil, nil
	}
	p := l.date(id.Date())
	for i := range p.batches {
		if p.batches[i].ID == id {
			return p, &p.batches[i]
		}
	}
	return nil, nil
}

// Release implements pipeline.Ledger.
func (l *Ledger) Release(ctx context.Context, date, key, path, readETag string, now time.Time) (pipeline.File, error) {
	return l.changeFile(ctx, date, key, func(f pipeline.File) (pipeline.File, error) {
		return f.AsReleased(path, readETag, now)
	})
}

// RetryFile implements pipeline.Ledger.
func (l *Ledger) RetryFile(ctx context.Context, date, key string, now time.Time) (pipeline.File, error) {
	return l.changeFile(ctx, date, key, func(f pipeline.File) (pipeline.File, error) { return f.AsRetriedAlone(now) })
}

func (l *Ledger) changeFile(ctx context.Context, date, key string,
	decide func(pipeline.File) (pipeline.File, error)) (pipeline.File, error) {
	if err := ready(ctx, nil); err != nil {
		return pipeline.File{}, err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	f, ok := l.date(date).files[key]
	if !ok {
		return pipeline.File{}, pipeline.FileNotFound(date, key)
	}
	f, err := decide(f)
	if err != nil {
		return pipeline.File{}, err
	}
	l.date(date).put(f)
	return f, nil
}

// ready returns err, or the error of a context that is done, as a ledger on a disk or behind a
// network does.
func ready(ctx context.Context, err error) error {
	return cmp.Or(ctx.Err(), err)
}

// pages yields rows that were copied while the lock was held, so that the consumer may use the
// ledger.
func pages[T any](rows []T, err error) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		if err != nil {
			var none T
			yield(none, err)
			return
		}
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}
