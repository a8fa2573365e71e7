package localhome

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ndjson-parquet/internal/pipeline"
)

func input(n int, bytes int64) pipeline.ExecutionInput {
	id := pipeline.NewBatchID("2025-01-17", n, time.Unix(0, 0))
	return pipeline.ExecutionInput{BatchID: id, ExecutionName: string(id), Bytes: bytes}
}

func startAll(t *testing.T, r *Runner, inputs ...pipeline.ExecutionInput) {
	t.Helper()
	for _, in := range inputs {
		if err := r.Start(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
}

func TestRunnerBoundsWhatRunsAtOnce(t *testing.T) {
	var now, most atomic.Int64
	r := NewRunner(3, func(context.Context, pipeline.BatchID) error {
		if n := now.Add(1); n > most.Load() {
			most.Store(n)
		}
		time.Sleep(5 * time.Millisecond)
		now.Add(-1)
		return nil
	}, slog.Default())
	defer r.Close(t.Context())
	for i := range 30 {
		startAll(t, r, input(i, 1))
	}
	if err := r.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if most.Load() != 3 {
		t.Errorf("%d ran at once, want 3", most.Load())
	}
	if p := r.Progress(); p.Batches != 30 || p.BatchesEnded != 30 || p.BytesRead != p.Bytes {
		t.Errorf("unexpected progress: %+v", p)
	}
	if n := len(r.TakeEnded()); n != 30 {
		t.Errorf("%d ended, want 30", n)
	}
}

func TestRunnerRunsALargeBatchAlone(t *testing.T) {
	var now atomic.Int64
	r := NewRunner(4, func(_ context.Context, id pipeline.BatchID) error {
		n := now.Add(1)
		defer now.Add(-1)
		time.Sleep(5 * time.Millisecond)
		if id == input(2, 0).BatchID && (n != 1 || now.Load() != 1) {
			return fmt.Errorf("%d ran beside it", now.Load()-1)
		}
		return nil
	}, slog.Default())
	defer r.Close(t.Context())
	startAll(t, r, input(1, 1), input(2, largeBatch), input(3, 1), input(4, 1))
	if err := r.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func TestC1_StartingTwiceIsOneExecution(t *testing.T) {
	var runs atomic.Int64
	release := make(chan struct{})
	r := NewRunner(2, func(context.Context, pipeline.BatchID) error {
		runs.Add(1)
		<-release
		return nil
	}, slog.Default())
	defer r.Close(t.Context())
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() { startAll(t, r, input(1, 1)) })
	}
	all.Wait()
	if state, _ := r.State(t.Context(), input(1, 1).ExecutionName); state != pipeline.StateRunning {
		t.Errorf("the execution is %s, want running", state)
	}
	close(release)
	if err := r.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if runs.Load() != 1 {
		t.Errorf("%d executions, want 1", runs.Load())
	}
	if state, _ := r.State(t.Context(), input(1, 1).ExecutionName); state != pipeline.StateUnknown {
		t.Errorf("the execution is %s, want unknown", state)
	}
}

func TestRunnerCloseWaitsThenCancels(t *testing.T) {
	ended := make(chan error, 1)
	started := make(chan struct{})
	r := NewRunner(1, func(ctx context.Context, _ pipeline.BatchID) error {
		close(started)
		<-ctx.Done()
		ended <- ctx.Err()
		return ctx.Err()
	}, slog.Default())
	startAll(t, r, input(1, 1), input(2, 1))
	<-started
	soon, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	r.Close(soon)
	select {
	case err := <-ended:
		if err == nil {
			t.Error("the execution was not cancelled")
		}
	default:
		t.Error("Close returned while an execution ran")
	}
	if err := r.Start(t.Context(), input(3, 1)); err == nil {
		t.Error("a closed runner started something")
	}
}
