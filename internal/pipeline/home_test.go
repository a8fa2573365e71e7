package pipeline_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"testing"
	"time"

	"ndjson-parquet/internal/ledger/memoryledger"
	"ndjson-parquet/internal/objectstore"
	"ndjson-parquet/internal/objectstore/memorystore"
	"ndjson-parquet/internal/pipeline"
	"ndjson-parquet/internal/scratch"
)

// A home is a pipeline in memory whose clock the test sets. Executions run when the test calls
// execute.
type home struct {
	*pipeline.Pipeline
	t                                    *testing.T
	clock                                time.Time
	input, manifests, output, quarantine *memorystore.Store
	log                                  bytes.Buffer
	started                              []pipeline.ExecutionInput // and have not run yet
	states                               map[string]pipeline.ExecutionState
	startError                           error
	alerts                               []pipeline.Alert
	counts                               map[string]float64 // by metric
}

// newHome returns a home at noon of a Tuesday in January, with the default configuration but three
// files a batch.
func newHome(t *testing.T) *home {
	h := &home{t: t, clock: time.Date(2026, 1, 13, 12, 0, 0, 0, time.UTC), states: map[string]pipeline.ExecutionState{},
		counts: map[string]float64{}}
	now := func() time.Time { return h.clock }
	h.input, h.manifests = memorystore.New("input", now), memorystore.New("manifests", now)
	h.output, h.quarantine = memorystore.New("output", now), memorystore.New("quarantine", now)
	c := pipeline.DefaultConfig()
	c.MaxFilesPerManifest = 3
	c.OwnsInput = true
	p, err := pipeline.New(pipeline.Ports{
		Ledger: memoryledger.New(), Input: h.input, Manifests: h.manifests, Output: h.output, Quarantine: h.quarantine,
		Starter: h, Notifier: h, Metrics: h, Scratch: scratch.Space{MemoryLimit: math.MaxInt}, Now: now, Owner: "test",
		Log:   slog.New(slog.NewTextHandler(&h.log, nil)),
		Sleep: func(context.Context, time.Duration) error { return nil },
	}, c)
	if err != nil {
		t.Fatal(err)
	}
	h.Pipeline = p
	return h
}

func (h *home) Start(_ context.Context, in pipeline.ExecutionInput) error {
	if h.startError != nil {
		return h.startError
	}
	if h.states[in.ExecutionName] == "" {
		h.states[in.ExecutionName] = pipeline.StateRunning
		h.started = append(h.started, in)
	}
	return nil
}

func (h *home) State(_ context.Context, name string) (pipeline.ExecutionState, error) {
	if s := h.states[name]; s != "" {
		return s, nil
	}
	return pipeline.StateUnknown, nil
}

func (h *home) Alert(_ context.Context, a pipeline.Alert) error {
	h.alerts = append(h.alerts, a)
	return nil
}

func (h *home) Count(_ context.Context, metric string, value float64) { h.counts[metric] += value }

// put writes a file with the given lines to the input.
func (h *home) put(key string, lines ...string) objectstore.Object {
	h.t.Helper()
	o, err := objectstore.PutBytes(h.t.Context(), h.input, key, []byte(strings.Join(lines, "\n")+"\n"))
	if err != nil {
		h.t.Fatal(err)
	}
	return o
}

// arrive puts a file and admits it, like its event.
func (h *home) arrive(key string, lines ...string) pipeline.Admission {
	h.t.Helper()
	a, err := h.Admit(h.t.Context(), pipeline.Arrival{Object: h.put(key, lines...)})
	if err != nil {
		h.t.Fatal(err)
	}
	if a.File.Status == pipeline.Pending {
		h.advance(a.File.DatePrefix)
	}
	return a
}

func (h *home) advance(date string) {
	h.t.Helper()
	if _, err := h.Advance(h.t.Context(), date); err != nil && h.startError == nil {
		h.t.Fatal(err)
	}
}

// sweep runs a sweep and then the executions that were started.
func (h *home) sweep() {
	h.t.Helper()
	if _, err := h.Sweep(h.t.Context(), pipeline.SweepOptions{List: true}); err != nil {
		h.t.Fatal(err)
	}
	h.execute()
}

// execute runs the executions that were started.
func (h *home) execute() {
	h.t.Helper()
	for len(h.started) > 0 {
		in := h.started[0]
		h.started = h.started[1:]
		if err := h.Execute(h.t.Context(), in.BatchID); err != nil {
			h.t.Fatal(err)
		}
		h.states[in.ExecutionName] = pipeline.StateEnded
	}
}

// statuses returns "key status" of every file, in order.
func (h *home) statuses() string {
	h.t.Helper()
	var all []string
	for f, err := range h.Ledger.Files(h.t.Context(), "", "") {
		if err != nil {
			h.t.Fatal(err)
		}
		s := f.Key + " " + string(f.Status)
		if f.Reason != "" {
			s += " " + f.Reason
		}
		all = append(all, s)
	}
	return strings.Join(all, "\n")
}

// batches returns "id status files rows" of every batch, in order.
func (h *home) batches() string {
	h.t.Helper()
	var all []string
	for b, err := range h.Ledger.Batches(h.t.Context(), "") {
		if err != nil {
			h.t.Fatal(err)
		}
		all = append(all, fmt.Sprintf("%s %s %d files %d rows", b.ID, b.Status, b.FileCount, b.Rows))
	}
	return strings.Join(all, "\n")
}

func (h *home) want(what, got, want string) {
	h.t.Helper()
	if want = strings.ReplaceAll(strings.TrimSpace(want), "\t", ""); got != want {
		h.t.Errorf("%s:\n%s\nwant:\n%s", what, got, want)
	}
}
