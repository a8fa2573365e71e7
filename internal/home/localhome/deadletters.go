package localhome

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/objectstore"
	"ndjson-parquet/internal/pipeline"
)

// maxAdmissions is how often an admission is tried before the arrival becomes a dead letter.
const maxAdmissions = 3

// refusals counts the failed admissions of each arrival. After maxAdmissions it records the arrival
// as a dead letter, and ignores it until it is redriven, a new version arrives, or the program
// starts again.
type refusals struct {
	letters pipeline.DeadLetters
	uri     func(key string) string
	now     func() time.Time
	log     *slog.Logger

	mu      sync.Mutex
	failed  map[arrivalID]int
	givenUp map[arrivalID]bool
}

type arrivalID struct{ key, etag string }

func (h *Home) newRefusals() *refusals {
	return &refusals{
		letters: h.ledger, uri: h.pipeline.Input.URI, now: h.pipeline.Now, log: h.log,
		failed: map[arrivalID]int{}, givenUp: map[arrivalID]bool{},
	}
}

// refused records that an admission failed.
func (r *refusals) refused(ctx context.Context, a pipeline.Arrival, cause error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	id := arrivalID{a.Key, a.ETag}
	r.failed[id]++
	attempts := r.failed[id]
	if attempts < maxAdmissions {
		r.log.Warn("a file could not be admitted; it will be tried again", "file", a.Key, "attempt", attempts, "error",
			cause)
		return
	}
	now := r.now()
	err := r.letters.DeadLetter(ctx, pipeline.DeadLetter{
		Key: a.Key, ETag: a.ETag, URI: r.uri(a.Key), Error: cause.Error(), Attempts: attempts, FirstSeen: now,
		LastSeen: now,
	})
	if err != nil {
		r.log.Error("a dead letter could not be kept; the file is tried again", "file", a.Key, "error",
			errors.Join(cause, err))
		return
	}
	delete(r.failed, id)
	r.givenUp[id] = true
	r.log.Error("a file could not be admitted; the redrive command tries again", "file", a.Key, "attempts", attempts,
		"error", cause)
}

// dead reports whether a is a dead letter.
func (r *refusals) dead(a pipeline.Arrival) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.givenUp[arrivalID{a.Key, a.ETag}]
}

// count returns the number of dead letters, and of arrivals that failed and will be tried again.
func (r *refusals) count() (dead, failing int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.givenUp), len(r.failed)
}

// errNotSelected keeps a dead letter that is not to be redriven.
var errNotSelected = errors.New("not selected")

// redrive implements home.Redriver.
func (h *Home) redrive(ctx context.Context, selected func(pipeline.DeadLetter) bool) (home.Redriven, error) {
	var r home.Redriven
	var err error
	stay := 0
	r.Settled, err = h.ledger.Redrive(ctx, func(ctx context.Context, d pipeline.DeadLetter) error {
		if !selected(d) {
			stay++
			return errNotSelected
		}
		err := h.admitAgain(ctx, d)
		if err != nil {
			stay++
			h.log.Warn("a dead letter stays", "file", d.Key, "error", err)
		}
		return err
	})
	if stay > 0 && ctx.Err() == nil {
		err = nil // the ledger's error repeats those of the letters that stay
	}
	if err != nil {
		return r, err
	}
	r.Left, err = h.ledger.DeadLetters(ctx, home.MostLeft)
	r.Left = slices.DeleteFunc(r.Left, func(d pipeline.DeadLetter) bool { return !selected(d) })
	return r, err
}

// admitAgain admits the present version of a dead letter's object. There is nothing to do if the
// object is gone.
func (h *Home) admitAgain(ctx context.Context, d pipeline.DeadLetter) error {
	if _, ok := h.pipeline.Input.Key(d.URI); !ok {
		return fmt.Errorf("%s is in another input: name that one with --input", d.URI)
	}
	o, err := h.pipeline.Input.Head(ctx, d.Key)
	if errors.Is(err, objectstore.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	_, err = h.pipeline.Admit(ctx, pipeline.Arrival{Object: o})
	return err
}
