package pipeline_test

import (
	"bytes"
	"encoding/json"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ndjson-parquet/internal/pipeline"
)

func TestCommitNamesItsWriter(t *testing.T) {
	h := newHome(t)
	ctx := t.Context()
	h.arrive("2026-01-12-a.ndjson", `{"x":1}`)
	id := h.started[0].BatchID
	commit, err := h.ConvertAndPublish(ctx, id, false)
	if err != nil {
		t.Fatal(err)
	}
	writer := regexp.MustCompile(`^ndjson-parquet version \S+ \(build \S+\)$`)
	if !writer.MatchString(commit.Writer) {
		t.Errorf("writer is %q", commit.Writer)
	}
	// Records of versions before the field existed have none.
	commit.Writer = ""
	old, err := json.Marshal(commit)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(old, []byte("writer")) {
		t.Fatalf("an empty writer is written: %s", old)
	}
	if _, err := h.output.Put(ctx, pipeline.CommitKey(id), bytes.NewReader(old)); err != nil {
		t.Fatal(err)
	}
	got, err := h.ReadCommit(ctx, id)
	if diff := cmp.Diff(commit, got); err != nil || diff != "" {
		t.Errorf("ReadCommit of a record without writer: %v\n%s", err, diff)
	}
}
