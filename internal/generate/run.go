package generate

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

	"ndjson-parquet/internal/objectstore"
	"ndjson-parquet/internal/scratch"
)

// contentMemory is the size in bytes up to which a file waits in memory to be put.
const contentMemory = 16 << 20

// Progress counts what was put.
type Progress struct {
	Deliveries, Total int
	Bytes             int64
}

// Run puts the files of the plan into the store, each atomically, at the plan's rate, and calls
// report after each one, from one goroutine at a time. After an error the summary has what was put
// until then. An object that was in the store before is not replaced: it is an error, unless it has
// the content that the plan gives it first.
func Run(ctx context.Context, p Plan, store objectstore.Store, report func(Progress)) (Summary, error) {
	if err := p.Check(); err != nil {
		return Summary{}, err
	}
	all := p.deliveries()
	workers := min(2*runtime.GOMAXPROCS(0), len(all))
	queues := make([]chan delivery, workers) // a queue a worker keeps the puts of one file in order
	results := make(chan result, workers)
	group, ctx := errgroup.WithContext(ctx)
	for i := range queues {
		queues[i] = make(chan delivery, 4)
		group.Go(func() error {
			seen := map[int]bool{}
			for d := range queues[i] {
				v, err := p.put(ctx, store, d, !seen[d.index])
				seen[d.index] = true
				if err != nil {
					return err
				}
				results <- result{d, v}
			}
			return nil
		})
	}
	group.Go(func() error {
		defer func() {
			for _, q := range queues {
				close(q)
			}
		}()
		began := time.Now()
		for _, d := range all {
			if err := waitUntil(ctx, began.Add(d.at)); err != nil {
				return err
			}
			select {
			case queues[d.index%workers] <- d:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	s := newSummary(p)
	progress := Progress{Total: len(all)}
	collected := make(chan struct{})
	go func() {
		defer close(collected)
		for r := range results {
			s.add(p, r.delivery, r.version)
			progress.Deliveries++
			progress.Bytes += r.version.Bytes
			report(progress)
		}
	}()
	err := group.Wait()
	close(results)
	<-collected
	s.finish()
	return s, err
}

type result struct {
	delivery delivery
	version  Version
}

// put makes a file's content and puts it. The first put of a file does not replace an object that
// was there before.
func (p Plan) put(ctx context.Context, store objectstore.Store, d delivery, first bool) (_ Version, err error) {
	key := p.file(d.index).Key
	f, err := scratch.Space{MemoryLimit: contentMemory}.New()
	if err != nil {
		return Version{}, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriterSize(f, 64<<10)
	v, err := p.write(w, d.index, d.version)
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		return v, fmt.Errorf("generate %s: %w", key, err)
	}
	put := store.Put
	if first {
		put = store.PutIfAbsent
	}
	switch _, err := put(ctx, key, f.Reader()); {
	case errors.Is(err, objectstore.ErrExists):
		return v, fmt.Errorf("%s exists with other content and is not replaced: use an empty target, or another "+
			"seed or date",
			store.URI(key))
	case err != nil:
		return v, fmt.Errorf("put %s: %w", key, err)
	}
	return v, nil
}

func waitUntil(ctx context.Context, at time.Time) error {
	wait := time.Until(at)
	if wait <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
