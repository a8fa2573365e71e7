package pipeline_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ndjson-parquet/internal/pipeline"
)

func TestC8_QuarantineKeysFit(t *testing.T) {
	const date = "2025-01-17"
	short := "sub/2025-01-17-a b+c%.csv"
	if got := pipeline.QuarantineKey(pipeline.File{DatePrefix: date, Key: short}); got != "files/"+date+"/"+short {
		t.Errorf("%s is kept at %s", short, got)
	}
	keys := map[string]string{}
	rapid.Check(t, func(t *rapid.T) {
		element := rapid.Custom(func(t *rapid.T) string {
			return strings.Repeat(rapid.SampledFrom([]string{"a", "é", "2025-01-17-"}).Draw(t, "unit"),
				rapid.IntRange(1, 200).Draw(t, "times"))
		})
		key := strings.Join(rapid.SliceOfN(element, 1, 6).Draw(t, "elements"), "/")
		got := pipeline.QuarantineKey(pipeline.File{DatePrefix: date, Key: key})
		if other, ok := keys[got]; ok && other != key {
			t.Fatalf("%s is the place of %s and of %s", got, key, other)
		}
		keys[got] = key
		with := got + ".reason.json"
		if len(with) > 1024-200 || !strings.HasPrefix(got, "files/"+date+"/") {
			t.Fatalf("%s has %d bytes", with, len(with))
		}
		for element := range strings.SplitSeq(with, "/") {
			if len(element) > 255 {
				t.Fatalf("%s has an element of %d bytes", with, len(element))
			}
		}
	})
}
