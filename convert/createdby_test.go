package convert

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"ndjson-parquet/internal/buildinfo"
)

func TestCreatedByIsWhatReadersParse(t *testing.T) {
	file, _ := convertBytes(t, `{"a":1}`)
	f, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	got := f.Metadata().CreatedBy
	// The patterns are those of parquet-mr 1.8.0, of its later versions, and of parquet-cpp.
	for reader, pattern := range map[string]string{
		"parquet-mr 1.8.0": `^(.+) version (?:(.*) )?\(build ?(.*)\)$`,
		"parquet-mr":       `^(.*?)\s+version\s*(?:([^(]*?)\s*(?:\(\s*build\s*([^)]*?)\s*\))?)?$`,
		"parquet-cpp":      `^(.*?) version (\d+\.\d+\.\d+(?:-[^+ ]+)?) \(build ([^)]*)\)$`,
	} {
		m := regexp.MustCompile(pattern).FindStringSubmatch(got)
		if m == nil {
			t.Errorf("%s cannot parse %q", reader, got)
			continue
		}
		want := []string{"ndjson-parquet", buildinfo.Version(), buildinfo.Revision()}
		if strings.Join(m[1:], "|") != strings.Join(want, "|") {
			t.Errorf("%s parses %q as %q, want %q", reader, got, m[1:], want)
		}
	}
}
