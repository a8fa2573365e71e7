package pipeline_test

import (
	"strings"
	"testing"

	"ndjson-parquet/internal/objectstore"
)

// countedScratch counts the files that it creates.
type countedScratch struct {
	objectstore.Scratch
	created int
}

func (s *countedScratch) New() (objectstore.ScratchFile, error) {
	s.created++
	return s.Scratch.New()
}

func TestConverterSpillsToTheScratchPort(t *testing.T) {
	created := func(badLines int) int {
		h := newHome(t)
		h.Config.MaxRejectedPercent = 100
		s := &countedScratch{Scratch: h.Scratch}
		h.Scratch = s
		h.arrive("2026-01-10-a.ndjson", `{"a":1}`, strings.TrimSuffix(strings.Repeat("bad\n", badLines), "\n"))
		h.execute()
		return s.created
	}
	few, many := created(1), created(100_000)
	if many != few+1 {
		t.Errorf("with 1 rejected record %d scratch files were created, with 100,000 %d; want one more", few, many)
	}
}
