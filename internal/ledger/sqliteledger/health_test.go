package sqliteledger

import (
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ndjson-parquet/internal/pipeline"
)

func TestHealthComparesTheSummaryWithTheRows(t *testing.T) {
	ctx := context.Background()
	l, err := Open(filepath.Join(t.TempDir(), "tracking.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, err = l.Admit(ctx, pipeline.AdmitRequest{Now: time.Now(), File: pipeline.File{
		DatePrefix: "2025-01-17", Key: "2025-01-17-a.ndjson", Status: pipeline.Pending, Size: 5,
	}})
	if err != nil {
		t.Fatal(err)
	}
	h, err := l.Health(ctx)
	if err != nil || len(h.Problems) > 0 || h.Schema != h.Newest || h.Journal != "wal" || h.SQLite == "" {
		t.Fatalf("a sound ledger: %+v, %v", h, err)
	}
	if _, err := l.writer.conn.ExecContext(ctx, "UPDATE summary SET files = files + 1"); err != nil {
		t.Fatal(err)
	}
	h, err = l.Health(ctx)
	if err != nil || len(h.Problems) != 1 || !strings.Contains(h.Problems[0], "the summary has 2 files of 2025-01-17") {
		t.Errorf("a summary that is wrong: %+v, %v", h, err)
	}
}
