package localhome

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"sync/atomic"
	"time"

	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/ledger/sqliteledger"
	"ndjson-parquet/internal/objectstore"
	"ndjson-parquet/internal/objectstore/open"
	"ndjson-parquet/internal/pipeline"
	"ndjson-parquet/internal/scratch"
)

// Options say how to open a Home.
type Options struct {
	Places home.Places // resolved
	Config pipeline.Config
	// InputOptional accepts an input that does not exist, and uses that of the root instead: not
	// every command reads it.
	InputOptional bool
	// Executions is how many batches are converted at the same time. 0: as many as CPUs, between 2
	// and 8.
	Executions int
	// Settle is how long a file must have been unchanged before it is admitted. Objects in a bucket
	// appear whole and do not wait.
	Settle time.Duration
	// ListEvery is the shortest time between two listings of the input under Serve; where listing
	// takes long, the time between is longer.
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
	*home.Home
	pipeline *pipeline.Pipeline
	ledger   *sqliteledger.Ledger
	options  Options
	runner   *Runner
	metrics  *metrics
	presence *presence
	scratch  scratch.Space
	arrivals atomic.Int64
	log      *slog.Logger
}

// Open creates the places that are missing and opens the home. It refuses places that do not go
// together (ErrPlaces), and a new ledger beside old output (ErrLedgerLost).
func Open(ctx context.Context, o Options) (_ *Home, err error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Executions == 0 {
		o.Executions = min(max(runtime.GOMAXPROCS(0), 2), 8)
	}
	if err := Check(o.Places); err != nil {
		return nil, err
	}
	if err := checkInput(o.Places); o.InputOptional && errors.Is(err, fs.ErrNotExist) {
		o.Places.Input, o.Places.OwnsInput = filepath.Join(o.Places.Root, "input"), true
	} else if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(o.Places.Root, 0o777); err != nil {
		return nil, fmt.Errorf("create the root: %w", err)
	}
	h := &Home{options: o, log: o.Log}
	defer func() {
		if err != nil {
			err = errors.Join(err, h.shutDown(ctx))
		}
	}()
	host, _ := os.Hostname()
	ports := pipeline.Ports{
		Now: o.Now, Log: o.Log, Owner: fmt.Sprintf("%s/%d/%s", host, os.Getpid(), rand.Text()[:6]),
		Notifier: alerts{path: filepath.Join(o.Places.Root, AlertsName), log: o.Log},
		Locate:   (&elsewhere{}).find,
	}
	o.Config.OwnsInput = o.Places.OwnsInput
	for _, s := range []struct {
		store *objectstore.Store
		place string
	}{
		{&ports.Input, o.Places.Input}, {&ports.Manifests, o.Places.Manifests},
		{&ports.Output, o.Places.Output}, {&ports.Quarantine, o.Places.Quarantine},
	} {
		if *s.store, err = open.OrCreate(ctx, s.place); err != nil {
			return nil, err
		}
	}
	if h.presence, err = enter(filepath.Join(o.Places.Root, presenceName)); err != nil {
		return nil, err
	}
	h.scratch = scratch.Space{Dir: filepath.Join(o.Places.Root, ".scratch"), MemoryLimit: scratchMemory}
	// While no other process is in the root, all scratch files are leftovers. A moment later they
	// may be another process's.
	err = h.presence.ifAlone(func() error {
		return errors.Join(h.scratch.Clean(),
			removeDraftLedgers(o.Places.Ledger))
	})
	if err != nil {
		return nil, fmt.Errorf("remove the files of a killed process: %w", err)
	}
	if h.ledger, err = openLedger(ctx, rootOf(o), ports.Output,
		ports.Manifests); err != nil {
		return nil, err
	}
	h.metrics = newMetrics(h.ledger, o.Now, o.Log)
	// The runner and the pipeline need each other: the pipeline exists before anything can be
	// started.
	h.runner = NewRunner(o.Executions, func(ctx context.Context,
		id pipeline.BatchID) error {
		return h.pipeline.Execute(ctx, id)
	}, o.Log)
	ports.Ledger, ports.Starter, ports.Metrics = h.ledger, h.runner, h.metrics
	ports.Scratch, ports.Progress = h.scratch, h.runner.Read
	if h.pipeline, err = pipeline.New(ports, o.Config); err != nil {
		return nil, err
	}
	view, err := newView(h.pipeline.Reader, h.ledger, o.Places, o.Config, h.shutDown)
	if err != nil {
		return nil, err
	}
	if h.Home, err = home.New(home.Parts{View: view, Pipeline: h.pipeline, Redrive: h.redrive,
		Executor: h}); err != nil {
		return nil, err
	}
	return h, nil
}

// rootOf is what the record of a root has of the options.
func rootOf(o Options) Root {
	zone := time.UTC
	if o.Config.DateZone != nil {
		zone = o.Config.DateZone
	}
	return Root{o.Places, o.Config.Compression, o.Config.DatePattern.String(), zone.String()}
}

// OpenView opens a home for reading. It creates nothing and does not open the input.
func OpenView(ctx context.Context, places home.Places, config pipeline.Config) (_ *home.View, err error) {
	ledger, err := sqliteledger.OpenExisting(places.Ledger)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, ledger.Close())
		}
	}()
	var stores [3]objectstore.ReadStore
	for i, place := range []string{places.Manifests, places.Output, places.Quarantine} {
		switch store, err := open.Existing(ctx, place); {
		case errors.Is(err, fs.ErrNotExist):
			stores[i] = absentStore{place, err}
		case err != nil:
			return nil, err
		default:
			stores[i] = store
		}
	}
	reader, err := pipeline.NewReader(ledger, stores[0], stores[1], stores[2])
	if err != nil {
		return nil, err
	}
	return newView(reader, ledger, places, config, func(context.Context) error { return ledger.Close() })
}

func newView(
	reader *pipeline.Reader, ledger *sqliteledger.Ledger, places home.Places, config pipeline.Config,
	closeAll func(context.Context) error,
) (*home.View, error) {
	return home.NewView(home.ViewParts{
		Reader: reader, Places: places, Config: config, Resumption: pipeline.ResumedByCommand,
		RecordedDeadLetters: ledger.DeadLetters, AllDeadLetters: ledger.DeadLetters, Close: closeAll,
	})
}

// checkInput reports an input outside the root that does not exist. The root's own input is created
// when it is missing.
func checkInput(p home.Places) error {
	if p.OwnsInput || home.IsRemote(p.Input) {
		return nil
	}
	if _, err := os.Stat(p.Input); err != nil {
		return fmt.Errorf("the input cannot be read: %w", err)
	}
	return nil
}

// repairQuarantine is best effort: a file that cannot be repaired now is tried again at the next
// start.
func (h *Home) repairQuarantine(ctx context.Context) {
	if err := h.pipeline.RepairQuarantine(ctx); err != nil && ctx.Err() == nil {
		h.log.Warn("quarantine could not be completed", "error", err)
	}
}

// Alone reports whether no other process works in this root at the moment.
func (h *Home) Alone() bool { return h.presence.alone() }

// shutDown starts nothing more and lets what runs end until ctx is done. The next start continues
// what has not ended.
func (h *Home) shutDown(ctx context.Context) error {
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
	if h.ledger != nil {
		errs = append(errs, h.ledger.Close())
	}
	return errors.Join(errs...)
}

// Progress implements home.Executor.
func (h *Home) Progress() home.Progress {
	p := h.runner.Progress()
	p.Arrivals = int(h.arrivals.Load())
	return p
}

// Wait implements home.Executor.
func (h *Home) Wait(ctx context.Context) (home.RunReport, error) {
	r := home.RunReport{Files: map[pipeline.Status]int{}}
	if err := h.runner.Wait(ctx); err != nil {
		return r, err
	}
	return r, h.report(ctx, &r)
}
