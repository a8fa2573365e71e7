package pipeline_test

import (
	"errors"
	"syscall"
	"testing"

	"ndjson-parquet/internal/objectstore"
	"ndjson-parquet/internal/pipeline"
)

// A file that could not be read is published after a retry, once.
func TestRetryOfAFileThatFailedAlone(t *testing.T) {
	h := newHome(t)
	ctx := t.Context()
	damaged := true
	h.Input = faultyInput{h.input, func(key string) error {
		if damaged && key == "2026-01-13-b.ndjson" {
			return syscall.EIO
		}
		return nil
	}}
	for _, name := range []string{"a", "b", "c"} {
		h.arrive("2026-01-13-"+name+".ndjson", `{"x":1}`)
	}
	h.execute()
	damaged = false
	if _, err := h.RetryFile(ctx, "2026-01-13", "2026-01-13-a.ndjson"); !errors.Is(err, pipeline.ErrState) {
		t.Errorf("retry of a completed file: %v", err)
	}
	if _, files, err := h.RetryDate(ctx, "2026-01-13"); err != nil || len(files) != 1 {
		t.Fatalf("%v, %v", files, err)
	}
	h.want("statuses", h.statuses(), `2026-01-13-a.ndjson completed
		2026-01-13-b.ndjson pending
		2026-01-13-c.ndjson completed`)
	if _, err := h.Flush(ctx, "2026-01-13"); err != nil {
		t.Fatal(err)
	}
	h.execute()
	h.want("batches", h.batches(), `2026-01-13-0001-20260113-120000 completed 3 files 2 rows
		2026-01-13-0002-20260113-120000 completed 1 files 1 rows`)
	h.verified()
}

// A batch that fails again after a retry is isolated: the file that is the cause fails alone.
func TestBatchThatFailsTwiceIsIsolated(t *testing.T) {
	h := newHome(t)
	ctx := t.Context()
	h.Input = faultyInput{h.input, func(key string) error {
		if key == "2026-01-13-b.ndjson" {
			return objectstore.ErrDenied
		}
		return nil
	}}
	for _, name := range []string{"a", "b", "c"} {
		h.arrive("2026-01-13-"+name+".ndjson", `{"x":1}`)
	}
	id := h.started[0].BatchID
	slow := h.converted(id)
	h.execute()
	for range 2 {
		if _, err := h.Retry(ctx, id); err != nil {
			t.Fatal(err)
		}
		h.execute()
	}
	h.want("statuses", h.statuses(), `2026-01-13-a.ndjson completed
		2026-01-13-b.ndjson failed batch-failed
		2026-01-13-c.ndjson completed`)
	if c, err := h.Publish(ctx, slow); err != nil || c.Rows != 0 {
		t.Errorf("a slow execution of the isolated batch published %d rows: %v", c.Rows, err)
	}
	h.verified()
}

// A batch that ends its process in every attempt is isolated instead of being tried for ever.
func TestBatchThatEndsItsProcessIsIsolated(t *testing.T) {
	h := newHome(t)
	for _, name := range []string{"a", "b", "c"} {
		h.arrive("2026-01-13-"+name+".ndjson", `{"x":1}`)
	}
	id := h.started[0].BatchID
	for range h.Config.MaxAttempts {
		if _, err := h.Ledger.RecordAttempt(t.Context(), id, h.clock); err != nil {
			t.Fatal(err)
		}
	}
	h.execute()
	h.want("batches", h.batches(), `2026-01-13-0001-20260113-120000 completed 3 files 0 rows
		2026-01-13-0002-20260113-120000 completed 1 files 1 rows
		2026-01-13-0003-20260113-120000 completed 1 files 1 rows
		2026-01-13-0004-20260113-120000 completed 1 files 1 rows`)
	h.verified()
}

// converted returns a conversion of a batch whose input has no faults.
func (h *home) converted(id pipeline.BatchID) *pipeline.Conversion {
	h.t.Helper()
	faulty := h.Input
	h.Input = h.input
	defer func() { h.Input = faulty }()
	m, err := h.ReadManifest(h.t.Context(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	c, err := h.Convert(h.t.Context(), m)
	if err != nil {
		h.t.Fatal(err)
	}
	return c
}
