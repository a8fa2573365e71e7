package pipeline

import (
	"slices"
	"testing"
)

func TestExtensionsMatchInAnyCaseAndCompressed(t *testing.T) {
	three, err := ParseExtensions(" .ndjson, JSONL,.json,ndjson")
	if err != nil || !slices.Equal(three, Extensions{".ndjson", ".jsonl", ".json"}) {
		t.Fatalf("%v, %v", three, err)
	}
	for name, want := range map[string]bool{
		"a.ndjson": true, "a.NDJSON": true, "a.ndjson.GZ": true, "a.JsonL.zst": true, "a.json.gzip": true,
		"a.ndjson.zstd": true, "a.ndjson.txt": false, "a.gz": false, "ndjson": false, "a.ndjson.gz.gz": false,
		"a.json.log": false, "": false,
	} {
		if got := three.Match(name); got != want {
			t.Errorf("Match(%q) = %v", name, got)
		}
	}
	every, err := ParseExtensions("*")
	if err != nil || !every.Match("stream-1-2025-01-17-10-uuid") || !every.Match("a.csv.gz") {
		t.Errorf("%v does not match every name (%v)", every, err)
	}
	if (Extensions)(nil).Match("a.json") || !(Extensions)(nil).Match("a.jsonl.gz") {
		t.Error("the zero value does not mean the default")
	}
	for _, bad := range []string{"", ",", ".", ".gz", ".ndjson,.ZST", "*.json", "a/b", ".a b"} {
		if e, err := ParseExtensions(bad); err == nil {
			t.Errorf("ParseExtensions(%q) = %v", bad, e)
		}
	}
}

func TestMarkers(t *testing.T) {
	for key, want := range map[string]bool{
		".DS_Store": true, "._2025-01-17-a.ndjson": true, "x/.hidden/2025-01-17-a.ndjson": true, "x/_SUCCESS": true,
		"_started_123": true, "logs/2025/": true, "Thumbs.db": true, ".part-0.crc": true,
		"2025-01-17-a.ndjson": false, "x/a.b.ndjson": false, "_a.ndjson": false, "_dir/a.ndjson": false,
		"notes.txt": false,
	} {
		if got := IsMarker(key); got != want {
			t.Errorf("IsMarker(%q) = %v", key, got)
		}
	}
}
