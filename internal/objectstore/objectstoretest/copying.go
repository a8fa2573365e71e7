package objectstoretest

import (
	"bytes"
	"context"
	"errors"
	"sync"
	"testing"

	"ndjson-parquet/internal/objectstore"
	"ndjson-parquet/internal/scratch"
)

// space is small enough for the large objects of the tests to be copied by way of the disk.
var space = scratch.Space{MemoryLimit: 4 << 20}

func copies(t *testing.T, s objectstore.Store) {
	for name, content := range map[string]string{"small": "content", "large": string(random(6 << 20)), "empty": ""} {
		obj := put(t, s, "in/"+name, content)
		if copied, err := objectstore.Copy(t.Context(), s, obj, s, "copy/"+name, space); err != nil ||
			copied.Size != obj.Size || copied.Key != "copy/"+name {
			t.Fatalf("Copy: %+v, %v", copied, err)
		}
		wantContent(t, s, "copy/"+name, content)
		wantContent(t, s, "in/"+name, content)
	}

	older := put(t, s, "in/x", "older")
	put(t, s, "in/x", "newer")
	older.VersionID = "" // where versions are kept, the older one could still be copied
	_, err := objectstore.Copy(t.Context(), s, older, s, "copy/x", space)
	wantErr(t, "Copy of a version that was replaced", err, objectstore.ErrChanged)
	_, err = s.Head(t.Context(), "copy/x")
	wantErr(t, "Head of the copy that failed", err, objectstore.ErrNotFound)
	wantContent(t, s, "in/x", "newer")

	_, err = objectstore.Copy(t.Context(), s, objectstore.Object{Key: "nothing", ETag: "0123"}, s, "copy/y", space)
	wantErr(t, "Copy of nothing", err, objectstore.ErrNotFound)
}

// readersNeverSeeAMixture reads a key repeatedly while it is replaced by objects of one repeated
// byte.
func readersNeverSeeAMixture(t *testing.T, s objectstore.Store) {
	const size, versions = 1 << 20, 25
	put(t, s, "k", string(bytes.Repeat([]byte{0}, size)))
	ctx, cancel := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	wg.Go(func() {
		defer cancel()
		for v := range versions {
			if ctx.Err() != nil {
				return // the test has failed
			}
			if _, err := objectstore.PutBytes(t.Context(), s, "k", bytes.Repeat([]byte{byte(v)}, size)); err != nil {
				t.Error(err)
			}
		}
	})
	whole := 0
	for ctx.Err() == nil {
		got, err := readAll(s, objectstore.Object{Key: "k"})
		if errors.Is(err, objectstore.ErrChanged) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != size || bytes.Count([]byte(got), []byte{got[0]}) != size {
			t.Fatalf("a mixture of versions, %d bytes", len(got))
		}
		whole++
	}
	if whole == 0 {
		t.Error("no read was complete")
	}
}
