// Package simulation tests the promises of the system (docs/DESIGN.md) under faults.
//
// A seed of the random generator determines a history. Producers put, overwrite and delete files.
// Their events are repeated, reordered and lost. Workers admit, claim, convert and sweep,
// interleaved at every call of a port. Any call may fail or kill its worker, before or after it
// took effect; killed workers keep leases; clocks jump past midnight. Then the faults end, the
// sweep continues, and the promises are checked. The core and the converter are the real ones;
// ledger and stores are in memory.
//
// To see one history: go test ./internal/simulation -run TestPromises -seed N -v
package simulation

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"math"
	"math/rand/v2"
	"time"

	"ndjson-parquet/internal/ledger/memoryledger"
	"ndjson-parquet/internal/objectstore"
	"ndjson-parquet/internal/objectstore/memorystore"
	"ndjson-parquet/internal/pipeline"
	"ndjson-parquet/internal/scratch"
)

type world struct {
	rng    *rand.Rand
	sched  *scheduler
	faults float64 // relative frequency; close to 0: none
	clock  time.Time

	input, manifests, output, quarantine *memorystore.Store

	ledger   pipeline.Ledger
	starter  *starter
	pipeline *pipeline.Pipeline

	events   []pipeline.Arrival // not yet delivered
	sequence int                // of events
	versions []version          // everything ever put into the input
}

// A version is one version of an object that a producer put.
type version struct {
	objectstore.Object
	date    string
	valid   bool
	lines   int      // valid records, each with an id of its own
	records []string // the ids
	bad     int      // lines that must be rejected
}

func newWorld(seed uint64, log io.Writer) *world {
	w := &world{
		rng:    rand.New(rand.NewPCG(seed, 1)),
		faults: 1,
		clock:  time.Date(2026, 1, 12, 20, 0, 0, 0, time.UTC),
	}
	w.sched = &scheduler{rng: w.rng}
	now := func() time.Time { return w.clock }
	w.input, w.manifests = memorystore.New("input", now), memorystore.New("manifests", now)
	w.output, w.quarantine = memorystore.New("output", now), memorystore.New("quarantine", now)
	w.ledger = memoryledger.New()
	w.starter = &starter{w: w, durable: w.rng.IntN(2) == 0, states: map[string]pipeline.ExecutionState{},
		tasks: map[string]int{}}

	c := pipeline.DefaultConfig()
	c.MaxFilesPerManifest = 2 + w.rng.IntN(3)
	c.OwnsInput = w.rng.IntN(2) == 0
	c.OverwritePolicy = []pipeline.OverwritePolicy{pipeline.OverwriteQuarantine, pipeline.OverwriteAppend,
		pipeline.OverwriteIgnore}[w.rng.IntN(3)]
	c.MaxRejectedPercent = 60
	c.Parallelism = 1
	var err error
	w.pipeline, err = pipeline.New(pipeline.Ports{
		Ledger: faultyLedger{w.ledger, w},
		Input:  faultyStore{w.input, w}, Manifests: faultyStore{w.manifests, w},
		Output: faultyStore{w.output, w}, Quarantine: faultyStore{w.quarantine, w},
		Starter: w.starter, Notifier: quiet{}, Metrics: quiet{}, Scratch: scratch.Space{MemoryLimit: math.MaxInt},
		Now: now, Owner: "worker", Log: slog.New(slog.NewTextHandler(log,
			&slog.HandlerOptions{Level: slog.LevelDebug})),
		Sleep: func(context.Context, time.Duration) error { w.sched.pass(); return nil },
	}, c)
	if err != nil {
		panic(err)
	}
	return w
}

// run runs a history: a number of steps with faults, then rounds without faults until everything
// has ended.
func (w *world) run(ctx context.Context, steps int) error {
	for range steps {
		w.clock = w.clock.Add(time.Duration(w.rng.IntN(2000)) * time.Millisecond)
		switch roll := w.rng.IntN(100); {
		case roll < 12:
			w.produce(ctx)
		case roll < 30:
			w.deliver(ctx)
		case roll < 33:
			w.sweep(ctx, time.Duration(w.rng.IntN(3))*time.Hour)
		case roll < 34:
			w.clock = w.clock.Add(time.Duration(w.rng.IntN(5)) * time.Hour)
		case roll < 37:
			w.starter.giveUp(ctx)
		case roll < 38:
			w.operate(ctx)
		default:
			w.sched.step()
		}
		if err := w.checkListing(ctx); err != nil {
			return err
		}
	}
	w.faults = 1e-12
	for round := 0; ; round++ {
		for w.sched.step() {
			continue
		}
		if round > 0 && w.ended(ctx) {
			break
		}
		if round == 12 {
			return fmt.Errorf("promise 4: files do not end: %v", w.unended(ctx))
		}
		w.clock = w.clock.Add(13 * time.Hour)
		w.sweep(ctx, 0)
		w.operate(ctx)
	}
	return w.check(ctx)
}

// produce puts a file or a new version of one, or deletes one.
func (w *world) produce(ctx context.Context) {
	day := w.clock.AddDate(0, 0, -w.rng.IntN(2)).Format(time.DateOnly)
	key := fmt.Sprintf("%s-file%d.ndjson", day, w.rng.IntN(8))
	valid := true
	switch w.rng.IntN(20) {
	case 0:
		key, valid = fmt.Sprintf("2026-02-30-%d.ndjson", w.rng.IntN(3)), false
	case 1:
		key, valid = fmt.Sprintf("%s-%d.csv", day, w.rng.IntN(3)), false
	case 2:
		key = "sub folder/" + key
	case 3:
		if len(w.versions) > 0 { // a producer deletes a file
			_ = w.input.Delete(ctx, w.versions[w.rng.IntN(len(w.versions))].Key)
		}
		return
	}
	v := version{date: day, valid: valid}
	var data []byte
	for range w.rng.IntN(6) {
		if w.rng.IntN(8) == 0 {
			data = append(data, "{\"id\": broken\n"...)
			v.bad++
			continue
		}
		id := fmt.Sprintf("v%d-%d", len(w.versions), v.lines)
		v.lines++
		v.records = append(v.records, id)
		data = append(data, w.record(id)...)
	}
	o, err := objectstore.PutBytes(ctx, w.input, key, data)
	if err != nil {
		panic(err)
	}
	v.Object = o
	w.versions = append(w.versions, v)
	w.sequence++
	for range []int{0, 1, 1, 1, 2, 3}[w.rng.IntN(6)] { // lost, once, or repeated
		w.events = append(w.events, pipeline.Arrival{Object: o, Sequencer: fmt.Sprintf("%06X", w.sequence)})
	}
}

// record returns a line of JSON. The types of its columns vary.
func (w *world) record(id string) string {
	column := string(rune('a' + w.rng.IntN(4)))
	value := []string{"1", "1.5", `"x"`, "null", "[]", `{"k":1}`, "true", "[1,2]"}[w.rng.IntN(8)]
	return fmt.Sprintf("{\"id\":%q,%q:%s}\n", id, column, value)
}

// deliver gives an event, in any order, to a worker.
func (w *world) deliver(ctx context.Context) {
	if len(w.events) == 0 {
		return
	}
	i := w.rng.IntN(len(w.events))
	e := w.events[i]
	w.events = append(w.events[:i], w.events[i+1:]...)
	again := func(died bool) {
		if died && w.rng.IntN(3) > 0 { // usually the queue delivers it again
			w.events = append(w.events, e)
		}
	}
	w.sched.spawn("admit "+e.Key, func() {
		adm, err := w.pipeline.Admit(ctx, e)
		if err != nil {
			w.events = append(w.events, e)
			return
		}
		if adm.File.Status == pipeline.Pending {
			_, _ = w.pipeline.Advance(ctx, adm.File.DatePrefix)
		}
	}, again)
}

func (w *world) sweep(ctx context.Context, recent time.Duration) {
	w.sched.spawn("sweep", func() {
		_, _ = w.pipeline.Sweep(ctx, pipeline.SweepOptions{List: true, Recent: recent})
	}, func(bool) {})
}

// operate retries failed batches, as the operator does when the cause is gone (field cases C21 and
// C22).
func (w *world) operate(ctx context.Context) {
	for b := range w.ledger.Batches(ctx, "") {
		if b.Status == pipeline.Failed {
			w.sched.spawn("retry "+string(b.ID), func() { _, _ = w.pipeline.Retry(ctx, b.ID) }, func(bool) {})
		}
	}
}
