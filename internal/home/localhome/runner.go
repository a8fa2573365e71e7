package localhome

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/pipeline"
)

// largeBatch is the size in bytes from which a batch is converted alone: it keeps all CPUs busy by
// itself, and the memory of one conversion is bounded, but not that of many.
const largeBatch = 64 << 20

// A Runner implements pipeline.Starter in this process: it executes the batches it is given in the
// order they came, a few at a time. It remembers only what runs; the ledger remembers the rest, so
// that a batch that is started again after it ended is found to be settled.
type Runner struct {
	execute func(context.Context, pipeline.BatchID) error
	log     *slog.Logger

	ctx    context.Context // of the executions
	cancel context.CancelFunc

	mu      sync.Mutex
	changed sync.Cond
	queue   []pipeline.ExecutionInput
	known   map[string]bool // queued or running
	running int
	free    int // slots
	closed  bool

	progress home.Progress
	read     map[pipeline.BatchID]int64 // bytes of what runs
	ended    []pipeline.BatchID
}

var _ pipeline.Starter = (*Runner)(nil)

// NewRunner returns a runner of at most slots executions at a time.
func NewRunner(slots int, execute func(context.Context, pipeline.BatchID) error, log *slog.Logger) *Runner {
	ctx, cancel := context.WithCancel(context.Background())
	r := &Runner{
		execute: execute, log: log, ctx: ctx, cancel: cancel, free: slots,
		known: map[string]bool{}, read: map[pipeline.BatchID]int64{},
	}
	r.changed.L = &r.mu
	go r.dispatch(slots)
	return r
}

// errStopping: the batch stays in the ledger, and the next start takes it up.
var errStopping = errors.New("stopping: no new executions")

// Start implements pipeline.Starter.
func (r *Runner) Start(_ context.Context, in pipeline.ExecutionInput) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known[in.ExecutionName] {
		return nil
	}
	if r.closed {
		return errStopping
	}
	r.known[in.ExecutionName] = true
	r.queue = append(r.queue, in)
	r.progress.Batches++
	r.progress.Bytes += in.Bytes
	r.changed.Broadcast()
	return nil
}

// State implements pipeline.Starter.
func (r *Runner) State(_ context.Context, name string) (pipeline.ExecutionState, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known[name] {
		return pipeline.StateRunning, nil
	}
	return pipeline.StateUnknown, nil
}

// dispatch starts the queue's batches as slots become free, until the runner is closed.
func (r *Runner) dispatch(slots int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for {
		for !r.closed && (len(r.queue) == 0 || r.free < weight(r.queue[0], slots)) {
			r.changed.Wait()
		}
		if r.closed {
			return
		}
		in := r.queue[0]
		r.queue = r.queue[1:]
		r.free -= weight(in, slots)
		r.running++
		r.read[in.BatchID] = 0
		go r.run(in, weight(in, slots))
	}
}

// weight is how many slots a batch takes.
func weight(in pipeline.ExecutionInput, slots int) int {
	if in.Bytes >= largeBatch {
		return slots
	}
	return 1
}

func (r *Runner) run(in pipeline.ExecutionInput, slots int) {
	err := r.execute(r.ctx, in.BatchID)
	if err != nil {
		r.log.Error("an execution ended without an outcome; it will be taken up again", "batch", in.BatchID, "error",
			err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.known, in.ExecutionName)
	r.free += slots
	r.running--
	r.progress.BatchesEnded++
	r.progress.BytesRead += in.Bytes - r.read[in.BatchID]
	delete(r.read, in.BatchID)
	r.ended = append(r.ended, in.BatchID)
	r.changed.Broadcast()
}

// Backlog counts the batches that are queued or running.
func (r *Runner) Backlog() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.queue) + r.running
}

// Progress returns how far the runner is.
func (r *Runner) Progress() home.Progress {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.progress
}

// Read records that a conversion has read so many bytes of a batch's input.
func (r *Runner) Read(batch pipeline.BatchID, bytes int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if before, runs := r.read[batch]; runs {
		r.progress.BytesRead += bytes - before
		r.read[batch] = bytes
	}
}

// TakeEnded returns the batches whose execution has ended since it was last called.
func (r *Runner) TakeEnded() []pipeline.BatchID {
	r.mu.Lock()
	defer r.mu.Unlock()
	ended := r.ended
	r.ended = nil
	return ended
}

// Wait waits until nothing is queued or running, or ctx is done.
func (r *Runner) Wait(ctx context.Context) error { return r.wait(ctx, true) }

// Close starts nothing more and waits for what runs. When ctx is done it cancels that and waits for
// it to let go. What was not finished stays in the ledger for the next start.
func (r *Runner) Close(ctx context.Context) {
	r.mu.Lock()
	r.closed = true
	r.changed.Broadcast()
	r.mu.Unlock()
	if r.wait(ctx, false) != nil {
		r.cancel()
		_ = r.wait(context.Background(), false)
	}
	r.cancel()
}

func (r *Runner) wait(ctx context.Context, queue bool) error {
	stop := context.AfterFunc(ctx, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.changed.Broadcast()
	})
	defer stop()
	r.mu.Lock()
	defer r.mu.Unlock()
	for r.running > 0 || queue && !r.closed && len(r.queue) > 0 {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		r.changed.Wait()
	}
	return nil
}
