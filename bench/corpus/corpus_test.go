package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"ndjson-parquet/internal/generate/records"
)

func TestEveryShapeIsWellFormedAndDeterministic(t *testing.T) {
	// Bytes a record, as the bench's documentation states them.
	wantBytes := map[string]float64{"events": 560, "metrics": 210, "nested": 675}
	for _, name := range records.Shapes() {
		t.Run(name, func(t *testing.T) {
			first, second := t.TempDir(), t.TempDir()
			for _, directory := range []string{first, second} {
				if err := generate(directory, name, "tiny"); err != nil {
					t.Fatal(err)
				}
			}
			files, err := filepath.Glob(filepath.Join(first, "*.ndjson"))
			if err != nil || len(files) != sizes["tiny"].files {
				t.Fatalf("%d files, want %d (%v)", len(files), sizes["tiny"].files, err)
			}
			total, count := 0, 0
			for _, f := range files {
				content, err := os.ReadFile(f)
				if err != nil {
					t.Fatal(err)
				}
				again, err := os.ReadFile(filepath.Join(second, filepath.Base(f)))
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(content, again) {
					t.Errorf("%s differs between two runs", filepath.Base(f))
				}
				for line := range bytes.Lines(content) {
					var record map[string]any
					if err := json.Unmarshal(line, &record); err != nil {
						t.Fatalf("%v in %s", err, line)
					}
					total += len(line)
					count++
				}
			}
			got := float64(total) / float64(count)
			if want, ok := wantBytes[name]; ok && (got < 0.95*want || got > 1.05*want) {
				t.Errorf("%.0f bytes a record, want about %.0f", got, want)
			}
			t.Logf("%.0f bytes a record", got)
		})
	}
}

func TestUnknownNamesAreErrors(t *testing.T) {
	for _, c := range [][2]string{{"nonsense", "tiny"}, {"events", "huge"}} {
		if err := generate(t.TempDir(), c[0], c[1]); err == nil {
			t.Errorf("generate(%q, %q) succeeded", c[0], c[1])
		}
	}
}
