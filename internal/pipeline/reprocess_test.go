package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"ndjson-parquet/internal/objectstore"
	"ndjson-parquet/internal/pipeline"
)

var errDown = errors.New("the store is down")

// A failingStore accepts a number of puts; further ones fail.
type failingStore struct {
	objectstore.Store
	accepts int
}

func (s *failingStore) Put(ctx context.Context, key string, body objectstore.Body) (objectstore.Object, error) {
	if s.accepts--; s.accepts < 0 {
		return objectstore.Object{}, errDown
	}
	return s.Store.Put(ctx, key, body)
}

const reprocessed = pipeline.BatchID("2026-01-11-0001-20260113-120000")

// newRejecting returns a home with a batch of one row and one record that is longer than allowed,
// and then allows it.
func newRejecting(t *testing.T) *home {
	h := newHome(t)
	h.Config.MaxRecordBytes = 50
	h.arrive("2026-01-11-a.ndjson", `{"x":"a"}`, `{"x":"`+strings.Repeat("y", 100)+`"}`)
	h.execute()
	if c, err := h.ReadCommit(t.Context(), reprocessed); err != nil || c.Rows != 1 || c.Rejected != 1 {
		t.Fatalf("before: %+v, %v", c, err)
	}
	h.Config.MaxRecordBytes = 1000
	return h
}

func TestReprocessReplacesOutputUnderItsName(t *testing.T) {
	ctx := t.Context()
	h := newRejecting(t)
	before, err := h.ReadCommit(ctx, reprocessed)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := h.Reprocess(ctx, []pipeline.BatchID{reprocessed}, true, nil); err != nil || len(r.Batches) != 1 {
		t.Fatalf("dry run: %+v, %v", r, err)
	}
	if c, _ := h.ReadCommit(ctx, reprocessed); c.Rows != 1 {
		t.Fatalf("a dry run changed the commit: %+v", c)
	}
	if _, err := h.Reprocess(ctx, []pipeline.BatchID{reprocessed}, false, nil); err != nil {
		t.Fatal(err)
	}
	after, err := h.ReadCommit(ctx, reprocessed)
	if err != nil || after.Rows != 2 || after.Rejected != 0 || after.RejectedKey != "" || len(after.Outputs) != 1 ||
		after.Outputs[0].Key != before.Outputs[0].Key || after.Outputs[0].SHA256 == before.Outputs[0].SHA256 {
		t.Fatalf("before %+v, after %+v, %v", before, after, err)
	}
	b, files, err := h.Ledger.Batch(ctx, reprocessed)
	if err != nil || b.Rows != 2 || b.Rejected != 0 || files[0].Rows != 2 || b.Status != pipeline.Completed {
		t.Errorf("the ledger has %+v, %+v, %v", b, files, err)
	}
	if _, err := h.Quarantine.Head(ctx, pipeline.RejectedKey(reprocessed)); !errors.Is(err, objectstore.ErrNotFound) {
		t.Errorf("the rejected records of the first conversion are still there: %v", err)
	}
}

// TestReprocessIsCompletedByRepetition interrupts a reprocessing before each of its puts.
func TestReprocessIsCompletedByRepetition(t *testing.T) {
	ctx := t.Context()
	for accepts := range 2 {
		t.Run(fmt.Sprint(accepts), func(t *testing.T) {
			h := newRejecting(t)
			store := h.Output
			h.Output = &failingStore{store, accepts}
			if _, err := h.Reprocess(ctx, []pipeline.BatchID{reprocessed}, false, nil); !errors.Is(err, errDown) {
				t.Fatalf("the store failed, and Reprocess says %v", err)
			}
			h.Output = store
			if _, err := h.Reprocess(ctx, []pipeline.BatchID{reprocessed}, false, nil); err != nil {
				t.Fatal(err)
			}
			report, err := h.Verify(ctx, "")
			if err != nil || len(report.Findings) > 0 || report.Rows != 2 {
				t.Errorf("verify: %+v, %v", report, err)
			}
		})
	}
}

func TestReprocessRefusesWhatItCannotDo(t *testing.T) {
	ctx := t.Context()
	h := newRejecting(t)
	h.arrive("2026-01-12-b.ndjson", `{"x":"b"}`)
	h.execute()
	const second = pipeline.BatchID("2026-01-12-0001-20260113-120000")
	if err := h.input.Delete(ctx, "2026-01-12-b.ndjson"); err != nil {
		t.Fatal(err)
	}
	_, err := h.Reprocess(ctx, []pipeline.BatchID{reprocessed, second}, false, nil)
	if err == nil || !strings.Contains(err.Error(), "2026-01-12-b.ndjson") ||
		strings.Contains(err.Error(), "2026-01-11-a.ndjson") {
		t.Errorf("an input is gone: %v", err)
	}
	if c, _ := h.ReadCommit(ctx, reprocessed); c.Rows != 1 {
		t.Errorf("the other batch was changed: %+v", c)
	}
	if _, err := h.Reprocess(ctx, []pipeline.BatchID{"2026-01-19-0001-20260113-120000"}, false, nil); !errors.Is(err,
		pipeline.ErrNotFound) {
		t.Errorf("a batch that does not exist: %v", err)
	}
}
