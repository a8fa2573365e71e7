package pipeline_test

import (
	"testing"

	"ndjson-parquet/internal/pipeline"
)

// Two executions of a batch convert at the same time, and a file is overwritten in between, so that
// they have different results. Whichever publishes first decides, with rows or without, and both
// return its commit.
func TestFirstOfTwoPublicationsDecides(t *testing.T) {
	for _, files := range [][]string{
		{"2026-01-12-a.ndjson", "2026-01-12-b.ndjson"},
		{"2026-01-12-a.ndjson"}, // the second execution has no rows
	} {
		for _, winner := range []int{0, 1} {
			h := newHome(t)
			ctx := t.Context()
			for _, key := range files {
				if _, err := h.Admit(ctx, pipeline.Arrival{Object: h.put(key, `{"x":1}`, `{"x":2}`)}); err != nil {
					t.Fatal(err)
				}
			}
			h.advance("2026-01-12")
			id := h.started[0].BatchID
			m, err := h.ReadManifest(ctx, id)
			if err != nil {
				t.Fatal(err)
			}
			var runs [2]*pipeline.Conversion
			for i := range runs {
				if runs[i], err = h.Convert(ctx, m); err != nil {
					t.Fatal(err)
				}
				h.put("2026-01-12-a.ndjson", `{"x":3}`)
			}
			first, err := h.Publish(ctx, runs[winner])
			if err != nil {
				t.Fatal(err)
			}
			second, err := h.Publish(ctx, runs[1-winner])
			if err != nil {
				t.Fatal(err)
			}
			if rows := int64(2 * (len(files) - winner)); first.Rows != rows || second.Rows != rows {
				t.Errorf("%d files, run %d first: %d and %d rows, want %d", len(files), winner, first.Rows,
					second.Rows, rows)
			}
			if err := h.Settle(ctx, second); err != nil {
				t.Fatal(err)
			}
			h.verified()
		}
	}
}

// A file without rows commits without an object. A second execution that finds the file changed
// publishes an object without rows; it is removed once the commit is known.
func TestEmptyObjectThatLostIsRemoved(t *testing.T) {
	h := newHome(t)
	ctx := t.Context()
	h.arrive("2026-01-12-a.ndjson", "")
	id := h.started[0].BatchID
	m, err := h.ReadManifest(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	h.execute()
	h.put("2026-01-12-a.ndjson", `{"x":3}`)
	late, err := h.Convert(ctx, m)
	if err != nil {
		t.Fatal(err)
	}
	if c, err := h.Publish(ctx, late); err != nil || c.Inputs[0].Status != pipeline.Completed {
		t.Errorf("%+v, %v", c, err)
	}
	for o := range h.output.List(ctx, "", "") {
		if o.Key != pipeline.CommitKey(id) {
			t.Errorf("%s was left", o.Key)
		}
	}
	h.verified()
}

// verified checks that Verify finds nothing.
func (h *home) verified() {
	h.t.Helper()
	r, err := h.Verify(h.t.Context(), "")
	if err != nil || len(r.Findings) > 0 {
		h.t.Errorf("verify: %+v, %v", r.Findings, err)
	}
}
