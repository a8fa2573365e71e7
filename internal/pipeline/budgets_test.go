package pipeline_test

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"

	"ndjson-parquet/internal/objectstore"
	"ndjson-parquet/internal/pipeline"
)

// Two files that would fill the disk or take for ever: 40 MB of lines
// that are not objects, and 1 MB of gzip that becomes 1 GiB. Only they are refused, and nothing of
// them is kept beside the files themselves.
func TestFilesThatWouldFillTheDiskFailAlone(t *testing.T) {
	member := &bytes.Buffer{}
	z := gzip.NewWriter(member)
	if _, err := z.Write(bytes.Repeat([]byte(strings.Repeat(" ", 1023)+"\n"), 16<<10)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string][]byte{
		"b.ndjson too-many-rejects":          bytes.Repeat([]byte("1\n"), 20<<20),
		"b.ndjson.gz too-large-decompressed": bytes.Repeat(member.Bytes(), 64),
	} {
		t.Run(name, func(t *testing.T) {
			h := newHome(t)
			h.Config.MaxRejectedMB = 32 // the default takes seconds to reach
			ctx := t.Context()
			key, reason, _ := bytes.Cut([]byte("2026-01-13-"+name), []byte(" "))
			h.arrive("2026-01-13-a.ndjson", `{"x":1}`)
			o, err := objectstore.PutBytes(ctx, h.input, string(key), bad)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := h.Admit(ctx, pipeline.Arrival{Object: o}); err != nil {
				t.Fatal(err)
			}
			h.arrive("2026-01-13-c.ndjson", `{"x":2}`)
			h.execute()
			h.want("statuses", h.statuses(), "2026-01-13-a.ndjson completed\n"+
				string(key)+" quarantined "+string(reason)+"\n2026-01-13-c.ndjson completed")
			var kept int64
			for o, err := range h.quarantine.List(ctx, "", "") {
				if err != nil {
					t.Fatal(err)
				}
				kept += o.Size
			}
			if kept > int64(len(bad))+4096 {
				t.Errorf("quarantine has %d bytes of a file of %d", kept, len(bad))
			}
			h.verified()
		})
	}
}
