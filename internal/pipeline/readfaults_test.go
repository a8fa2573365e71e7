package pipeline_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"ndjson-parquet/internal/objectstore"
	"ndjson-parquet/internal/pipeline"
)

// A faultyInput is an input whose files cannot be opened while fault returns an error.
type faultyInput struct {
	objectstore.Store
	fault func(key string) error
}

func (s faultyInput) Open(ctx context.Context, want objectstore.Object) (objectstore.Reader, error) {
	if err := s.fault(want.Key); err != nil {
		return nil, fmt.Errorf("read %s: %w", want.Key, err)
	}
	return s.Store.Open(ctx, want)
}

// Whether an error fails a file or its batch depends on the kind of error, and for unknown errors
// on the other files of the batch.
func TestReadFaultsFailTheFileOrTheBatch(t *testing.T) {
	const (
		published = "completed"
		batch     = "failed batch-failed"
		alone     = "failed unreadable"
		missing   = "failed missing"
	)
	damaged := syscall.EIO
	tests := []struct {
		name   string
		faults [3]error // by file
		want   [3]string
	}{
		{"a denied key", [3]error{objectstore.ErrDenied, objectstore.ErrDenied, objectstore.ErrDenied},
			[3]string{batch, batch, batch}},
		{"one file is denied", [3]error{nil, objectstore.ErrDenied, nil}, [3]string{batch, batch, batch}},
		{"an outage", [3]error{objectstore.ErrUnavailable, nil, nil}, [3]string{batch, batch, batch}},
		{"a damaged file", [3]error{nil, damaged, nil}, [3]string{published, alone, published}},
		{"most files are damaged", [3]error{damaged, nil, damaged}, [3]string{batch, batch, batch}},
		{"a file is gone", [3]error{objectstore.ErrNotFound, nil, nil}, [3]string{missing, published, published}},
		{"all files are gone", [3]error{objectstore.ErrNotFound, objectstore.ErrNotFound, objectstore.ErrNotFound},
			[3]string{missing, missing, missing}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			h := newHome(t)
			faults := map[string]error{}
			h.Input = faultyInput{h.input, func(key string) error { return faults[key] }}
			var want []string
			for i, name := range []string{"a", "b", "c"} {
				key := "2026-01-12-" + name + ".ndjson"
				faults[key] = test.faults[i]
				want = append(want, key+" "+test.want[i])
				if _, err := h.Admit(t.Context(), pipeline.Arrival{Object: h.put(key, `{"x":1}`)}); err != nil {
					t.Fatal(err)
				}
			}
			h.advance("2026-01-12")
			id := h.started[0].BatchID
			h.execute()
			h.want("statuses", h.statuses(), strings.Join(want, "\n"))
			clear(faults)
			b, _, err := h.Ledger.Batch(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			if b.Status != pipeline.Failed {
				return
			}
			if !strings.Contains(b.Error, "read ") {
				t.Errorf("the batch failed with %q", b.Error)
			}
			if _, err := h.Retry(t.Context(), id); err != nil {
				t.Fatal(err)
			}
			h.execute()
			h.want("after a retry", h.batches(), string(id)+" completed 3 files 3 rows")
		})
	}
}

// A read that fails once does not settle the file: the next attempt reads it.
func TestReadFaultOfTheFirstAttemptSettlesNothing(t *testing.T) {
	for _, fault := range []error{syscall.EIO, errors.New("connection reset"), objectstore.ErrUnavailable} {
		h := newHome(t)
		var reads atomic.Int32 // sources are opened side by side
		h.Input = faultyInput{h.input, func(key string) error {
			if n := reads.Add(1); key == "2026-01-13-b.ndjson" && n <= 3 {
				return fault
			}
			return nil
		}}
		for _, name := range []string{"a", "b", "c"} {
			h.arrive("2026-01-13-"+name+".ndjson", `{"x":1}`)
		}
		h.execute()
		h.want(fault.Error(), h.batches(), "2026-01-13-0001-20260113-120000 completed 3 files 3 rows")
	}
}
