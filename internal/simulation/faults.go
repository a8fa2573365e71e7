package simulation

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"strings"
	"time"

	"ndjson-parquet/internal/objectstore"
	"ndjson-parquet/internal/pipeline"
)

// errInjected is a transient failure: a throttled table, a store that timed out.
var errInjected = errors.New("injected fault")

// fault wraps every port call of a task. The task may be killed before or after the call takes
// effect, and the call may fail before or after it takes effect.
func fault[T any](w *world, call func() (T, error)) (T, error) {
	w.sched.pass()
	var none T
	switch roll := w.rng.Float64() / w.faults; {
	case roll < 0.010:
		w.sched.die()
	case roll < 0.020:
		return none, errInjected
	case roll < 0.030:
		_, _ = call()
		w.sched.die()
	case roll < 0.040:
		_, _ = call()
		return none, errInjected
	}
	return call()
}

func fault0(w *world, call func() error) error {
	_, err := fault(w, func() (struct{}, error) { return struct{}{}, call() })
	return err
}

// faultyStore injects faults into the calls of a pipeline. It does not touch Open, which
// conversions call from goroutines of their own; changes of an input happen between calls.
type faultyStore struct {
	objectstore.Store
	w *world
}

func (s faultyStore) Head(ctx context.Context, key string) (objectstore.Object, error) {
	return fault(s.w, func() (objectstore.Object, error) { return s.Store.Head(ctx, key) })
}

func (s faultyStore) Get(ctx context.Context, key string) ([]byte, objectstore.Object, error) {
	var data []byte
	o, err := fault(s.w, func() (o objectstore.Object, err error) {
		data, o, err = s.Store.Get(ctx, key)
		return o, err
	})
	return data, o, err
}

func (s faultyStore) Put(ctx context.Context, key string, body objectstore.Body) (objectstore.Object, error) {
	return fault(s.w, func() (objectstore.Object, error) { return s.Store.Put(ctx, key, body) })
}

func (s faultyStore) PutIfAbsent(ctx context.Context, key string, body objectstore.Body) (objectstore.Object, error) {
	return fault(s.w, func() (objectstore.Object, error) { return s.Store.PutIfAbsent(ctx, key, body) })
}

func (s faultyStore) DeleteVersion(ctx context.Context, o objectstore.Object) error {
	return fault0(s.w, func() error { return s.Store.DeleteVersion(ctx, o) })
}

func (s faultyStore) List(ctx context.Context, prefix, after string) iter.Seq2[objectstore.Object, error] {
	return faultSeq(s.w, s.Store.List(ctx, prefix, after))
}

func faultSeq[T any](w *world, seq iter.Seq2[T, error]) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		if err := fault0(w, func() error { return nil }); err != nil {
			var none T
			yield(none, err)
			return
		}
		for v, err := range seq {
			if !yield(v, err) {
				return
			}
			w.sched.pass()
		}
	}
}

// faultyLedger injects faults into the ledger's calls.
type faultyLedger struct {
	pipeline.Ledger
	w *world
}

func (l faultyLedger) Admit(ctx context.Context, r pipeline.AdmitRequest) (pipeline.Admission, error) {
	return fault(l.w, func() (pipeline.Admission, error) { return l.Ledger.Admit(ctx, r) })
}

func (l faultyLedger) Unseen(ctx context.Context, files []pipeline.File) ([]pipeline.File, error) {
	return fault(l.w, func() ([]pipeline.File, error) { return l.Ledger.Unseen(ctx, files) })
}

func (l faultyLedger) Claim(ctx context.Context, r pipeline.ClaimRequest) (pipeline.Batch, []pipeline.File, error) {
	// Another worker holds the lease, or held it when it was killed.
	if l.w.rng.Float64() < 0.05*l.w.faults {
		return pipeline.Batch{}, nil, pipeline.ErrLeaseHeld
	}
	var files []pipeline.File
	b, err := fault(l.w, func() (b pipeline.Batch, err error) {
		b, files, err = l.Ledger.Claim(ctx, r)
		return b, err
	})
	if err != nil {
		files = nil
	}
	return b, files, err
}

func (l faultyLedger) RecordAttempt(ctx context.Context, id pipeline.BatchID, now time.Time) (pipeline.Batch, error) {
	return fault(l.w, func() (pipeline.Batch, error) { return l.Ledger.RecordAttempt(ctx, id, now) })
}

func (l faultyLedger) Settle(ctx context.Context, s pipeline.Settlement) (bool, error) {
	return fault(l.w, func() (bool, error) { return l.Ledger.Settle(ctx, s) })
}

func (l faultyLedger) Batch(ctx context.Context, id pipeline.BatchID) (pipeline.Batch, []pipeline.File, error) {
	var files []pipeline.File
	b, err := fault(l.w, func() (b pipeline.Batch, err error) {
		b, files, err = l.Ledger.Batch(ctx, id)
		return b, err
	})
	return b, files, err
}

func (l faultyLedger) Stale(ctx context.Context, before, now time.Time) iter.Seq2[pipeline.Batch, error] {
	return faultSeq(l.w, l.Ledger.Stale(ctx, before, now))
}

func (l faultyLedger) PendingDates(ctx context.Context) ([]pipeline.PendingDate, error) {
	return fault(l.w, func() ([]pipeline.PendingDate, error) { return l.Ledger.PendingDates(ctx) })
}

// starter runs executions as tasks. If durable, it behaves like Step Functions: it remembers
// executions, and one that was killed has ended. Otherwise it behaves like one machine and knows
// nothing of an execution after a crash.
type starter struct {
	w       *world
	durable bool
	states  map[string]pipeline.ExecutionState
	tasks   map[string]int // by execution, how many were spawned; only the last one decides its state
}

func (s *starter) Start(ctx context.Context, in pipeline.ExecutionInput) error {
	return fault0(s.w, func() error {
		if s.states[in.ExecutionName] == pipeline.StateRunning || s.durable && s.states[in.ExecutionName] != "" {
			return nil
		}
		s.states[in.ExecutionName] = pipeline.StateRunning
		s.execute(ctx, in.ExecutionName, in.BatchID)
		return nil
	})
}

// execute runs an execution as a task. Usually the state machine retries a task that was killed.
func (s *starter) execute(ctx context.Context, name string, id pipeline.BatchID) {
	s.tasks[name]++
	task := s.tasks[name]
	s.w.sched.spawn("execute "+name, func() {
		_ = s.w.pipeline.Execute(ctx, id)
	}, func(died bool) {
		switch {
		case task != s.tasks[name]: // given up before
		case s.durable && died && s.w.rng.IntN(5) > 0:
			s.execute(ctx, name, id)
		case s.durable:
			s.states[name] = pipeline.StateEnded
		default:
			delete(s.states, name)
		}
	})
}

// giveUp makes a running execution outlast what started it. A state machine whose time limit is
// over starts the task again or ends; a second process of one machine knows of no execution. The
// task that was running goes on beside whatever follows.
func (s *starter) giveUp(ctx context.Context) {
	var running []string
	for _, name := range slices.Sorted(maps.Keys(s.states)) {
		if s.states[name] == pipeline.StateRunning {
			running = append(running, name)
		}
	}
	if len(running) == 0 {
		return
	}
	name := running[s.w.rng.IntN(len(running))]
	s.tasks[name]++
	switch {
	case !s.durable:
		delete(s.states, name)
	case s.w.rng.IntN(3) > 0:
		s.execute(ctx, name, batchOfExecution(name))
	default:
		s.states[name] = pipeline.StateEnded
	}
}

// batchOfExecution returns the batch of an execution, whose name may end with the number of a
// retry.
func batchOfExecution(name string) pipeline.BatchID {
	id, _, _ := strings.Cut(name, "-r")
	return pipeline.BatchID(id)
}

func (s *starter) State(_ context.Context, name string) (pipeline.ExecutionState, error) {
	return fault(s.w, func() (pipeline.ExecutionState, error) {
		if state := s.states[name]; state != "" {
			return state, nil
		}
		return pipeline.StateUnknown, nil
	})
}

// quiet is a Notifier and Metrics that does nothing.
type quiet struct{}

func (quiet) Alert(context.Context, pipeline.Alert) error { return nil }

func (quiet) Count(context.Context, string, float64) {}
