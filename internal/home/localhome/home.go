package localhome

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"time"

	"ndjson-parquet/internal/ledger/sqliteledger"
	"ndjson-parquet/internal/objectstore"
	"ndjson-parquet/internal/objectstore/open"
	"ndjson-parquet/internal/pipeline"
	"ndjson-parquet/internal/scratch"
)

// Options say how to open a Home.
type Options struct {
	Places Places // resolved
	Config pipeline.Config
	// Executions is how many batches are converted at the same time. 0: as many as CPUs, between 2 and 8.
	Executions int
	// Settle is how long a file must have been unchanged before it is admitted. Objects in a bucket appear whole and do not wait.
	Settle time.Duration
	// ListEvery is the shortest time between two listings of the input under Serve; where listing takes long, the time between is longer.
	ListEvery time.Duration
	// Poll leaves out the file system's events: listing alone finds new files.
	Poll bool
	Log  *slog.Logger
	// Now is the clock. nil: the system's.
	Now func() time.Time
}

// Defaults of Options.
const (
	DefaultSettle    = 500 * time.Millisecond
	DefaultListEvery = 5 * time.Second
)

// scratchMemory is the size in bytes up to which an output waits in memory for its publication.
const scratchMemory = 16 << 20

// A Home is a pipeline at work on one machine. It is safe for concurrent use. Close it.
type Home struct {
	Pipeline *pipeline.Pipeline
	Ledger   *sqliteledger.Ledger
	Places   Places

	options  Options
	runner   *Runner
	metrics  *metrics
	presence *presence
	scratch  scratch.Space
	arrivals atomic.Int64
	log      *slog.Logger
}

// Open makes what is missing of the places and opens the home. It refuses places that do not go together (ErrPlaces), and a
// new ledger beside old output (ErrLedgerLost).
func Open(ctx context.Context, o Options) (_ *Home, err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Executions == 0 {
		o.Executions = min(max(runtime.GOMAXPROCS(0), 2), 8)
	}
	if err := o.Places.Check(); err != nil {
		return nil, err
	}
	if err := checkInput(o.Places); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(o.Places.Root, 0o777); err != nil {
		return nil, fmt.Errorf("make the root: %w", err)
	}
	h := &Home{Places: o.Places, options: o, log: o.Log}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.Close(ctx))
		}
	}()
	o.Config.OwnsInput = o.Places.OwnsInput
	host, _ := os.Hostname()
	p := pipeline.Ports{
		Now: o.Now, Log: o.Log, Owner: fmt.Sprintf("%s/%d/%s", host, os.Getpid(), rand.Text()[:6]),
		Notifier: alerts{path: filepath.Join(o.Places.Root, AlertsName), log: o.Log},
		Locate:   (&elsewhere{}).find,
	}
	for _, s := range []struct {
		store *objectstore.Store
		place string
	}{{&p.Input, o.Places.Input}, {&p.Manifests, o.Places.Manifests}, {&p.Output, o.Places.Output}, {&p.Quarantine, o.Places.Quarantine}} {
		if *s.store, err = open.OrCreate(ctx, s.place); err != nil {
			return nil, err
		}
	}
	if h.presence, err = enter(filepath.Join(o.Places.Root, presenceName)); err != nil {
		return nil, err
	}
	h.scratch = scratch.Space{Dir: filepath.Join(o.Places.Root, ".scratch"), MemoryLimit: scratchMemory}
	// What lies there while nobody else can enter is of the dead: a moment later it may be what another process is making.
	err = h.presence.ifAlone(func() error { return errors.Join(h.scratch.Clean(), removeDraftLedgers(o.Places.Ledger)) })
	if err != nil {
		return nil, fmt.Errorf("remove what a killed process left: %w", err)
	}
	if h.Ledger, err = openLedger(ctx, o.Places, p); err != nil {
		return nil, err
	}
	h.metrics = newMetrics(h.Ledger, o.Now, o.Log)
	// The runner executes batches of the pipeline whose port it is.
	execute := func(ctx context.Context, id pipeline.BatchID) error { return h.Pipeline.Execute(ctx, id) }
	h.runner = NewRunner(o.Executions, execute, o.Log)
	p.Ledger, p.Starter, p.Metrics, p.Scratch, p.Progress = h.Ledger, h.runner, h.metrics, h.scratch, h.runner.Read
	if h.Pipeline, err = pipeline.New(p, o.Config); err != nil {
		return nil, err
	}
	return h, nil
}

// OpenToRead opens the reading half of a home. It creates nothing. Call done after use.
func OpenToRead(ctx context.Context, places Places) (r *pipeline.Reader, done func() error, err error) {
	ledger, err := sqliteledger.OpenExisting(places.Ledger)
	if err != nil {
		return nil, nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, ledger.Close())
		}
	}()
	var manifests, output, quarantine objectstore.Store
	for _, s := range []struct {
		store *objectstore.Store
		place string
	}{{&manifests, places.Manifests}, {&output, places.Output}, {&quarantine, places.Quarantine}} {
		if *s.store, err = open.Existing(ctx, s.place); err != nil {
			return nil, nil, err
		}
	}
	r, err = pipeline.NewReader(ledger, manifests, output, quarantine)
	return r, ledger.Close, err
}

// checkInput reports an input that a person named and that is not there. The root's own input is made when it is missing.
func checkInput(p Places) error {
	if p.OwnsInput || IsRemote(p.Input) {
		return nil
	}
	if _, err := os.Stat(p.Input); err != nil {
		return fmt.Errorf("the input cannot be read: %w", err)
	}
	return nil
}

// repairQuarantine is best effort: a file that cannot be repaired now is tried again at the next start.
func (h *Home) repairQuarantine(ctx context.Context) {
	if err := h.Pipeline.RepairQuarantine(ctx); err != nil && ctx.Err() == nil {
		h.log.Warn("quarantine could not be completed", "error", err)
	}
}

// Alone reports whether no other process works in this root at the moment.
func (h *Home) Alone() bool { return h.presence.alone() }

// Close stops: nothing new is started, what runs may end until ctx is done. What does not is taken up by the next start.
func (h *Home) Close(ctx context.Context) error {
	if h.runner != nil {
		h.runner.Close(ctx)
	}
	if h.metrics != nil {
		h.metrics.close()
	}
	var errs []error
	if h.presence != nil {
		errs = append(errs, h.presence.leave())
	}
	if h.Ledger != nil {
		errs = append(errs, h.Ledger.Close())
	}
	return errors.Join(errs...)
}

// Progress tells how far the files and batches have come that this home has found and executes.
func (h *Home) Progress() Progress {
	p := h.runner.Progress()
	p.Arrivals = int(h.arrivals.Load())
	return p
}
