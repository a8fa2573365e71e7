package pipeline_test

import (
	"slices"
	"testing"

	"ndjson-parquet/convert/schema"
	"ndjson-parquet/internal/pipeline"
)

func TestSetColumnTypeConvertsAffectedBatchesAgain(t *testing.T) {
	h := newHome(t)
	ctx := t.Context()
	h.arrive("2026-01-09-a.ndjson", `{"w":true}`) // before there was an x: not affected
	h.execute()
	h.arrive("2026-01-10-a.ndjson", `{"x":1}`, `{"x":1.5}`, `{"x":2}`, `{"x":3}`, `{"x":4}`, `bad`)
	h.execute()
	h.arrive("2026-01-11-a.ndjson", `{"x":7}`, `{"x":7.5}`, `{"y":{"when":"2026-01-01"}}`)
	h.arrive("2026-01-12-a.ndjson", `{"z":true}`) // has an x of nulls
	h.execute()
	newest, err := h.SchemaLog().Newest(ctx)
	if err != nil {
		t.Fatal(err)
	}
	set := func(column, ddl string) pipeline.Reconversion {
		t.Helper()
		typ, err := schema.ParseType(ddl)
		if err != nil {
			t.Fatal(err)
		}
		r, err := h.SetColumnType(ctx, column, *typ, nil)
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	commit := func(id pipeline.BatchID) pipeline.Commit {
		t.Helper()
		c, err := h.ReadCommit(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	const (
		first  = pipeline.BatchID("2026-01-10-0001-20260113-120000")
		second = pipeline.BatchID("2026-01-11-0001-20260113-120000")
		third  = pipeline.BatchID("2026-01-12-0001-20260113-120000")
	)
	before := commit(first)
	r := set("x", "bigint")
	if r.SchemaVersion != newest+1 || !slices.Equal(r.Batches, []pipeline.BatchID{first, second, third}) {
		t.Fatalf("set x bigint: %+v", r)
	}
	after := commit(first)
	if after.Rescued != 1 || after.Rows != before.Rows || after.Outputs[0].Key != before.Outputs[0].Key ||
		after.Outputs[0].SHA256 == before.Outputs[0].SHA256 {
		t.Errorf("commit before %+v and after %+v", before, after)
	}
	b, _, err := h.Ledger.Batch(ctx, first)
	if err != nil || b.Rescued != 1 || b.Outputs[0] != after.Outputs[0] || b.Status != pipeline.Completed {
		t.Errorf("the ledger has %+v (%v)", b, err)
	}
	if again := set("x", "bigint"); again.SchemaVersion != r.SchemaVersion || len(again.Batches) != 0 {
		t.Errorf("the same once more: %+v", again)
	}
	if nested := set("y.when", "date"); !slices.Contains(nested.Batches, second) {
		t.Errorf("set y.when date: %+v", nested)
	}
	if c := commit(second); c.Rescued != 1 {
		t.Errorf("%d values rescued, want only the float", c.Rescued)
	}
	// Later batches start from the new types, even one whose manifest is older.
	h.arrive("2026-01-12-b.ndjson", `{"x":8.5}`)
	h.execute()
	if c := commit("2026-01-12-0002-20260113-120000"); c.Rescued != 1 {
		t.Errorf("a later batch rescued %d values, want the float", c.Rescued)
	}
}

func TestSetColumnTypeChangesNothingWhenAnInputIsGone(t *testing.T) {
	h := newHome(t)
	ctx := t.Context()
	h.arrive("2026-01-11-a.ndjson", `{"x":7}`)
	h.execute()
	h.put("2026-01-11-a.ndjson", `{"x":8}`)
	if _, err := h.SetColumnType(ctx, "x", schema.Type{Kind: schema.String}, nil); err == nil {
		t.Fatal("a batch whose input was overwritten was to be converted again")
	}
	if newest, err := h.SchemaLog().Newest(ctx); err != nil || newest != 1 {
		t.Errorf("the schema log has %d versions (%v), want 1", newest, err)
	}
}
