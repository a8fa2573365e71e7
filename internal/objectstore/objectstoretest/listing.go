package objectstoretest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"ndjson-parquet/internal/objectstore"
)

func listOrderPrefixStart(t *testing.T, s objectstore.Store) {
	all := []string{
		"2025-01-17-a.ndjson", "2025-01-17-b.ndjson", "2025-01-17/a", "2025-01-17/b/c", "2025-01-17/b/d",
		"2025-01-17/b0",
		"a b", "a!b", "a-b", "a.b", "a/z", "a0", "aa", "_x/y",
	}
	for _, key := range all {
		put(t, s, key, key)
	}
	slices.Sort(all)
	prefixes := []string{"", "2025", "2025-01-17", "2025-01-17/", "2025-01-17/b", "2025-01-17/b/", "a", "a/", "_x/y",
		"zzz", "2025-01-17/b/c/", "/"}
	starts := append([]string{"", "2025-01-17", "2025-01-17/", "2025-01-17/b/", "2025-01-17/b/cc", "b", "\xff"}, all...)
	for _, prefix := range prefixes {
		for _, start := range starts {
			want := []string{}
			for _, key := range all {
				if strings.HasPrefix(key, prefix) && key > start {
					want = append(want, key)
				}
			}
			if start == "\xff" {
				start = "~" // the last printable character: no key sorts after it, and every server accepts it
			}
			if got := keys(list(t, s, prefix, start)); !slices.Equal(got, want) {
				t.Errorf("List(%q, %q) = %q, want %q", prefix, start, got, want)
			}
		}
	}
}

// listPagesSkipNothing writes more keys than a page of any backend has, within a moment, and lists
// them at once and in two parts, like a sweep that was interrupted.
func listPagesSkipNothing(t *testing.T, s objectstore.Store) {
	const count = 1100
	var want []string
	for i := range count {
		want = append(want, fmt.Sprintf("in/2025-01-17-%05d.ndjson", i))
	}
	var wg sync.WaitGroup
	for part := range 8 {
		wg.Go(func() {
			for i := part; i < count; i += 8 {
				if _, err := objectstore.PutBytes(t.Context(), s, want[i], []byte("{}")); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	if got := keys(list(t, s, "in/", "")); !slices.Equal(got, want) {
		t.Fatalf("listed %d of %d objects, or in another order", len(got), count)
	}
	var got []string
	for o, err := range s.List(t.Context(), "in/", "") {
		if err != nil {
			t.Fatal(err)
		}
		if got = append(got, o.Key); len(got) == 500 {
			break
		}
	}
	got = append(got, keys(list(t, s, "in/", got[len(got)-1]))...)
	if !slices.Equal(got, want) {
		t.Fatalf("listed %d of %d objects in two goes, or in another order", len(got), count)
	}
}

func listStops(t *testing.T, s objectstore.Store) {
	for i := range 5 {
		put(t, s, fmt.Sprintf("folder/%d", i), "x")
	}
	seen := 0
	for _, err := range s.List(t.Context(), "", "") {
		if err != nil {
			t.Fatal(err)
		}
		if seen++; seen == 2 {
			break
		}
	}
	if seen != 2 {
		t.Errorf("saw %d objects", seen)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var last error
	for _, err := range s.List(ctx, "", "") {
		last = err
	}
	if !errors.Is(last, context.Canceled) {
		t.Errorf("List with a cancelled context ended with %v", last)
	}
}

func oddKeys(t *testing.T, s objectstore.Store) {
	odd := OddKeys()
	for _, key := range odd {
		obj := put(t, s, key, "content of "+key)
		if got, err := readAll(s, obj); err != nil || got != "content of "+key {
			t.Errorf("%q read back as %q, %v", key, got, err)
		}
		if back, ok := s.Key(s.URI(key)); !ok || back != key {
			t.Errorf("Key(URI(%q)) = %q, %v; the URI is %q", key, back, ok, s.URI(key))
		}
		if copied, err := objectstore.Copy(t.Context(), s, obj, s, "copies/"+key, space); err != nil ||
			copied.Size != obj.Size {
			t.Errorf("Copy of %q: %+v, %v", key, copied, err)
		}
		wantContent(t, s, "copies/"+key, "content of "+key)
	}
	slices.Sort(odd)
	listed := keys(list(t, s, "", ""))
	listed = slices.DeleteFunc(listed, func(k string) bool { return strings.HasPrefix(k, "copies/") })
	if !slices.Equal(listed, odd) {
		t.Errorf("listed %q, want %q", listed, odd)
	}
	for _, key := range odd {
		obj, err := s.Head(t.Context(), key)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.DeleteVersion(t.Context(), obj); err != nil {
			t.Errorf("DeleteVersion of %q: %v", key, err)
		}
	}
	if left := keys(list(t, s, "", "copies0")); len(left) != 0 {
		t.Errorf("left after deletion: %q", left)
	}
}

// OddKeys returns file names that occur in practice and that software often handles wrongly. All
// are valid on Linux and macOS.
func OddKeys() []string {
	return []string{
		"with space/a b.ndjson", "plus+plus.ndjson", "100%/50%25.ndjson", "%2F.ndjson", "%2e%2e/x.ndjson",
		"quote'single.ndjson", `quote"double.ndjson`, "ümläut/日本語-🙂.ndjson",
		"a&b=c;d,e.ndjson", "#hash?query.ndjson",
		"[brackets]{braces}(parens).ndjson", "tilde~at@dollar$.ndjson", "..a/b...ndjson"[2:], "a..b/c..",
		"star*.ndjson",
		"colon:semi;.ndjson", "pipe|less<greater>.ndjson", "caret^back`tick.ndjson", "=equals/!bang.ndjson",
	}
}

func badKeysAreRefused(t *testing.T, s objectstore.Store) {
	for _, key := range []string{"", "/", "/etc/passwd", "..", "../x", "a/../../x", "a/..", ".", "./a",
		"a/./b", "a//b", "a/", "nul\x00", strings.Repeat("k", 2000)} {
		what := fmt.Sprintf(" %.20q", key)
		_, err := s.Head(t.Context(), key)
		wantErr(t, "Head"+what, err, objectstore.ErrBadKey)
		_, _, err = s.Get(t.Context(), key)
		wantErr(t, "Get"+what, err, objectstore.ErrBadKey)
		_, err = s.Open(t.Context(), objectstore.Object{Key: key})
		wantErr(t, "Open"+what, err, objectstore.ErrBadKey)
		_, err = objectstore.PutBytes(t.Context(), s, key, nil)
		wantErr(t, "Put"+what, err, objectstore.ErrBadKey)
		_, err = objectstore.PutBytesIfAbsent(t.Context(), s, key, nil)
		wantErr(t, "PutIfAbsent"+what, err, objectstore.ErrBadKey)
		wantErr(t, "Delete"+what, s.Delete(t.Context(), key), objectstore.ErrBadKey)
		err = s.DeleteVersion(t.Context(), objectstore.Object{Key: key, ETag: "x"})
		wantErr(t, "DeleteVersion"+what, err, objectstore.ErrBadKey)
	}
	if listed := list(t, s, "", ""); len(listed) != 0 {
		t.Errorf("something was written: %q", keys(listed))
	}
	for _, prefix := range []string{"..", "../", "/", "a/../", "//"} {
		if listed := list(t, s, prefix, ""); len(listed) != 0 {
			t.Errorf("List(%q) = %q", prefix, keys(listed))
		}
	}
	for _, uri := range []string{"", "x", "http://example.com/a", s.URI("a") + "/../../b", s.URI("..")} {
		if key, ok := s.Key(uri); ok {
			t.Errorf("Key(%q) = %q", uri, key)
		}
	}
}

// listShowsNoTemporary lists while objects are written, replaced and deleted.
func listShowsNoTemporary(t *testing.T, s objectstore.Store) {
	ctx, cancel := context.WithCancel(t.Context())
	content := random(300 << 10)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	wg.Go(func() {
		defer cancel()
		for i := range 40 {
			if ctx.Err() != nil {
				return // the test has failed
			}
			key := fmt.Sprintf("out/%d", i%3)
			obj, err := objectstore.PutBytes(t.Context(), s, key, content)
			if err == nil && i%4 == 3 {
				err = s.DeleteVersion(t.Context(), obj)
			}
			if err == nil {
				_, err = objectstore.PutBytesIfAbsent(t.Context(), s, fmt.Sprintf("out/absent-%d", i), content)
			}
			if err != nil {
				t.Error(err)
			}
		}
	})
	for ctx.Err() == nil {
		for _, o := range list(t, s, "", "") {
			if !strings.HasPrefix(o.Key, "out/") || o.Size != int64(len(content)) {
				t.Fatalf("the listing shows %+v", o)
			}
		}
	}
}
