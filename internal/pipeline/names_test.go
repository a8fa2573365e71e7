package pipeline_test

import (
	"testing"

	"ndjson-parquet/internal/pipeline"
)

func TestBatchOfOutput(t *testing.T) {
	const id pipeline.BatchID = "2025-01-17-0001-20250117-143100"
	for _, key := range []string{
		pipeline.OutputKey(id, 0, "snappy"), pipeline.OutputKey(id, 12, "none"), pipeline.CommitKey(id),
	} {
		if got, ok := pipeline.BatchOfOutput(key); !ok || got != id {
			t.Errorf("BatchOfOutput(%q) = %q, %v; want %q, true", key, got, ok, id)
		}
	}
	for _, key := range []string{
		"", "part-0001-20250117-143100-00000.snappy.parquet", "2025-01-17/part-0001-20250117-143100-00000.parquet",
		"merged-parquet-2025-01-17/0001-20250117-143100.json",
		"merged-parquet-2025-01-17/_commits/0001-20250117-143100.txt",
		"merged-parquet-2025-01-17/part-0001.parquet", "merged-parquet-today/_commits/0001-20250117-143100.json",
	} {
		if got, ok := pipeline.BatchOfOutput(key); ok {
			t.Errorf("BatchOfOutput(%q) = %q, true; want false", key, got)
		}
	}
}
