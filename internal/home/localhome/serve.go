package localhome

import (
	"context"
	"time"

	"ndjson-parquet/internal/buildinfo"
	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/pipeline"
)

const (
	// eventTick is how often files that an event told of are looked at, until they have settled.
	eventTick = 25 * time.Millisecond
	// listShare bounds the part of the time spent on listing: the time between two listings is at
	// least so many times what the last one took.
	listShare = 20
)

// Serve works until ctx ends: events announce new files at once, a listing every few seconds finds
// what they missed, and the sweep flushes dates that are over and continues what a crash
// interrupted. Errors are logged, and the work is tried again.
func (h *Home) Serve(ctx context.Context) error {
	h.log.Info("serving", "input", h.Places.Input, "version", buildinfo.Version(), "build", buildinfo.Revision())
	h.repairQuarantine(ctx)
	refusals := h.newRefusals()
	sweep := h.sweepOptions(ctx, refusals)
	var hints <-chan hint
	if !h.options.Poll && !home.IsRemote(h.Places.Input) {
		w, err := watch(h.Places.Input, h.log)
		if err != nil {
			h.log.Warn("no events from the file system; the listing alone finds new files", "error", err)
		} else {
			go w.run(ctx)
			hints = w.hints
		}
	}
	arrivals := newArrivals(h, refusals)
	listing := time.NewTimer(0)
	defer listing.Stop()
	tick := time.NewTicker(eventTick)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case h := <-hints:
			arrivals.add(h)
		case <-tick.C:
			arrivals.admitSettled(ctx)
		case <-listing.C:
			began := time.Now()
			sweep.Alone = h.Alone()
			report, err := h.pipeline.Sweep(ctx, sweep)
			if err != nil && ctx.Err() == nil {
				h.log.Error("a sweep had errors; the next one tries again", "error", err)
			}
			h.runner.TakeEnded()
			h.log.Debug("swept", "listed", report.Listed, "admitted", report.Admitted, "started", report.Started,
				"restarted", report.Restarted)
			next := max(h.options.ListEvery, listShare*time.Since(began))
			if report.Waiting > 0 {
				// files that are being written: the last event may be missed
				next = min(next, max(h.options.Settle, 50*time.Millisecond))
			}
			listing.Reset(next)
		}
	}
}

// arrivals are the files that events announced and that are not admitted yet.
type arrivals struct {
	home     *Home
	refusals *refusals
	settled  func(pipeline.Arrival) bool
	due      map[string]time.Time // by key: when to look at it
	whole    map[string]bool      // by key: it need not settle
}

func newArrivals(h *Home, refusals *refusals) *arrivals {
	return &arrivals{home: h, refusals: refusals, settled: newSettler(h.options.Settle, h.pipeline.Now).ready,
		due: map[string]time.Time{}, whole: map[string]bool{}}
}

// add records an event. Each one delays the admission of the file, which is still being written,
// unless it is whole.
func (a *arrivals) add(h hint) {
	if h.whole {
		a.due[h.key], a.whole[h.key] = time.Now(), true
		return
	}
	a.due[h.key] = time.Now().Add(a.home.options.Settle)
	delete(a.whole, h.key)
}

// admitSettled admits the files that have settled, and claims full batches. The listing finds the
// files whose admission fails.
func (a *arrivals) admitSettled(ctx context.Context) {
	p := a.home.pipeline
	dates := map[string]bool{}
	p.AdmitAll(ctx, a.takeSettled(ctx), parallelAdmissions,
		func(arrival pipeline.Arrival, adm pipeline.Admission, err error) {
			switch {
			case err != nil:
				a.refusals.refused(ctx, arrival, err)
			case adm.Verdict == pipeline.Admitted && adm.File.Status == pipeline.Pending:
				dates[adm.File.DatePrefix] = true
			}
		})
	for date := range dates {
		if _, err := p.Advance(ctx, date); err != nil && ctx.Err() == nil {
			a.home.log.Error("batches could not be started; the sweep tries again", "date", date, "error", err)
		}
	}
}

// takeSettled removes the files that have settled or are gone, and returns those that have settled.
func (a *arrivals) takeSettled(ctx context.Context) []pipeline.Arrival {
	var settled []pipeline.Arrival
	now := time.Now()
	for key, due := range a.due {
		if now.Before(due) {
			continue
		}
		o, err := a.home.pipeline.Input.Head(ctx, key)
		arrival := pipeline.Arrival{Object: o}
		switch {
		case err == nil && !a.whole[key] && !a.settled(arrival):
			continue
		case err == nil && !a.refusals.dead(arrival):
			settled = append(settled, arrival)
		}
		delete(a.due, key)
		delete(a.whole, key)
	}
	return settled
}
