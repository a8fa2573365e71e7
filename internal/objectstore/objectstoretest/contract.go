// Package objectstoretest is the contract of objectstore.Store as tests, which every backend
// passes.
package objectstoretest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"ndjson-parquet/internal/objectstore"
)

// Run runs the contract. newStore returns an empty store that disappears with the test.
func Run(t *testing.T, newStore func(t *testing.T) objectstore.Store) {
	tests := []struct {
		name string
		run  func(*testing.T, objectstore.Store)
	}{
		{"PutReplacesAndReadsBack", putReplacesAndReadsBack},
		{"SizesAroundEveryLimit", sizesAroundEveryLimit},
		{"MissingIsErrNotFound", missingIsErrNotFound},
		{"PutIfAbsent", putIfAbsent},
		{"PutIfAbsentHasOneWinner", putIfAbsentHasOneWinner},
		{"C20_PutIfAbsentRecognisesItsOwnWrite", putIfAbsentRecognisesItsOwn},
		{"C4_OpenReadsTheVersionAskedForOrNone", openReadsTheVersionAskedFor},
		{"ReadAtConcurrently", readAtConcurrently},
		{"DeleteVersionSparesANewerOne", deleteVersionSparesANewerOne},
		{"C6_ListIsInKeyOrderWithPrefixAndStart", listOrderPrefixStart},
		{"C5_ListPagesSkipNothing", listPagesSkipNothing},
		{"ListStopsAndEndsWithItsContext", listStops},
		{"C8_OddKeys", oddKeys},
		{"C8_BadKeysAreRefused", badKeysAreRefused},
		{"C37_ListShowsNoTemporary", listShowsNoTemporary},
		{"Copy", copies},
		{"ReadersNeverSeeAMixture", readersNeverSeeAMixture},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) { test.run(t, newStore(t)) })
	}
}

func put(t *testing.T, s objectstore.Store, key, content string) objectstore.Object {
	t.Helper()
	obj, err := objectstore.PutBytes(t.Context(), s, key, []byte(content))
	if err != nil {
		t.Fatalf("Put(%q): %v", key, err)
	}
	if obj.Key != key || obj.Size != int64(len(content)) || obj.ETag == "" || strings.Contains(obj.ETag, `"`) ||
		obj.ModTime.IsZero() {
		t.Fatalf("Put(%q) of %d bytes returned %+v", key, len(content), obj)
	}
	return obj
}

func wantContent(t *testing.T, s objectstore.Store, key, want string) {
	t.Helper()
	got, obj, err := s.Get(t.Context(), key)
	if err != nil {
		t.Fatalf("Get(%q): %v", key, err)
	}
	if string(got) != want {
		t.Fatalf("Get(%q) = %.60q (%d bytes), want %.60q (%d bytes)", key, got, len(got), want, len(want))
	}
	if obj.Key != key || obj.Size != int64(len(want)) {
		t.Fatalf("Get(%q) described it as %+v", key, obj)
	}
}

func wantErr(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("%s: error %v, want %v", what, err, want)
	}
}

func readAll(s objectstore.Store, want objectstore.Object) (string, error) {
	r, err := s.Open(context.Background(), want)
	if err != nil {
		return "", err
	}
	content, err := io.ReadAll(r)
	return string(content), errors.Join(err, r.Close())
}

func list(t *testing.T, s objectstore.Store, prefix, startAfter string) []objectstore.Object {
	t.Helper()
	var all []objectstore.Object
	for o, err := range s.List(t.Context(), prefix, startAfter) {
		if err != nil {
			t.Fatalf("List(%q, %q): %v", prefix, startAfter, err)
		}
		all = append(all, o)
	}
	return all
}

func keys(objects []objectstore.Object) []string {
	names := []string{}
	for _, o := range objects {
		names = append(names, o.Key)
	}
	return names
}

func random(size int) []byte {
	content := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{byte(size), byte(size >> 8), byte(size >> 16)}).Read(content)
	return content
}

func putReplacesAndReadsBack(t *testing.T, s objectstore.Store) {
	first := put(t, s, "a/b.txt", "one")
	second := put(t, s, "a/b.txt", "two")
	if first.ETag == second.ETag {
		t.Errorf("two contents have one ETag, %q", first.ETag)
	}
	wantContent(t, s, "a/b.txt", "two")
	head, err := s.Head(t.Context(), "a/b.txt")
	if err != nil || !head.Same(second) || head.Size != second.Size {
		t.Errorf("Head = %+v, %v; Put returned %+v", head, err, second)
	}
	if listed := list(t, s, "", ""); len(listed) != 1 || !listed[0].Same(second) || listed[0].Size != 3 {
		t.Errorf("List = %+v; Put returned %+v", listed, second)
	}
	if uri := s.URI("a/b.txt"); !strings.HasSuffix(uri, "/a/b.txt") {
		t.Errorf("URI = %q", uri)
	}
}

func sizesAroundEveryLimit(t *testing.T, s objectstore.Store) {
	for _, size := range []int{0, 1, 64<<10 - 1, 64 << 10, 5<<20 + 1, 16 << 20, 16<<20 + 1, 33 << 20} {
		content := random(size)
		key := fmt.Sprintf("size-%d", size)
		// The body's position must not matter.
		body := bytes.NewReader(content)
		if _, err := body.Seek(int64(size/2), io.SeekStart); err != nil {
			t.Fatal(err)
		}
		obj, err := s.Put(t.Context(), key, body)
		if err != nil {
			t.Fatalf("Put of %d bytes: %v", size, err)
		}
		if got, err := readAll(s, obj); err != nil || got != string(content) {
			t.Fatalf("%d bytes read back as %d, equal: %v, error: %v", size, len(got), got == string(content), err)
		}
		absent, err := s.PutIfAbsent(t.Context(), key+"-absent", bytes.NewReader(content))
		if err != nil || absent.Size != int64(size) {
			t.Fatalf("PutIfAbsent of %d bytes: %+v, %v", size, absent, err)
		}
		other := slices.Concat(content, []byte("x"))[1:]
		if _, err := s.PutIfAbsent(t.Context(), key+"-absent", bytes.NewReader(other)); size > 0 {
			wantErr(t, fmt.Sprintf("PutIfAbsent of other %d bytes", size), err, objectstore.ErrExists)
		}
		wantContent(t, s, key+"-absent", string(content))
	}
}

func missingIsErrNotFound(t *testing.T, s objectstore.Store) {
	put(t, s, "file", "x")
	for _, key := range []string{"missing", "missing/too", "file/below", "fil"} {
		_, err := s.Head(t.Context(), key)
		wantErr(t, "Head "+key, err, objectstore.ErrNotFound)
		_, _, err = s.Get(t.Context(), key)
		wantErr(t, "Get "+key, err, objectstore.ErrNotFound)
		_, err = s.Open(t.Context(), objectstore.Object{Key: key})
		wantErr(t, "Open "+key, err, objectstore.ErrNotFound)
		_, err = s.Open(t.Context(), objectstore.Object{Key: key, ETag: "0123"})
		wantErr(t, "Open a version of "+key, err, objectstore.ErrNotFound)
		if err := s.Delete(t.Context(), key); err != nil {
			t.Errorf("Delete of a missing object: %v", err)
		}
		if err := s.DeleteVersion(t.Context(), objectstore.Object{Key: key, ETag: "0123"}); err != nil {
			t.Errorf("DeleteVersion of a missing object: %v", err)
		}
	}
	if err := s.Delete(t.Context(), "file"); err != nil {
		t.Fatal(err)
	}
	_, err := s.Head(t.Context(), "file")
	wantErr(t, "Head of a deleted object", err, objectstore.ErrNotFound)
	if listed := list(t, s, "", ""); len(listed) != 0 {
		t.Errorf("List after everything was deleted: %v", keys(listed))
	}
}

func putIfAbsent(t *testing.T, s objectstore.Store) {
	first, err := objectstore.PutBytesIfAbsent(t.Context(), s, "x/commit.json", []byte("first"))
	if err != nil {
		t.Fatal(err)
	}
	for _, other := range []string{"other", "second!", ""} {
		_, err = objectstore.PutBytesIfAbsent(t.Context(), s, "x/commit.json", []byte(other))
		wantErr(t, "PutIfAbsent of other content", err, objectstore.ErrExists)
	}
	head, err := s.Head(t.Context(), "x/commit.json")
	if err != nil || !head.Same(first) {
		t.Fatalf("the first version is no longer there: %+v, %v", head, err)
	}
	if err := s.Delete(t.Context(), "x/commit.json"); err != nil {
		t.Fatal(err)
	}
	if _, err := objectstore.PutBytesIfAbsent(t.Context(), s, "x/commit.json", []byte("second!")); err != nil {
		t.Fatalf("PutIfAbsent after Delete: %v", err)
	}
	wantContent(t, s, "x/commit.json", "second!")
}

func putIfAbsentHasOneWinner(t *testing.T, s objectstore.Store) {
	const writers = 16
	errs := make([]error, writers)
	var wg sync.WaitGroup
	for i := range writers {
		wg.Go(func() {
			_, errs[i] = objectstore.PutBytesIfAbsent(t.Context(), s, "race", fmt.Appendf(nil, "writer %02d", i))
		})
	}
	wg.Wait()
	winner := -1
	for i, err := range errs {
		switch {
		case err == nil && winner >= 0:
			t.Fatalf("both %d and %d created the object", winner, i)
		case err == nil:
			winner = i
		default:
			wantErr(t, fmt.Sprintf("writer %d", i), err, objectstore.ErrExists)
		}
	}
	if winner < 0 {
		t.Fatal("no writer created the object")
	}
	wantContent(t, s, "race", fmt.Sprintf("writer %02d", winner))
}

func putIfAbsentRecognisesItsOwn(t *testing.T, s objectstore.Store) {
	for _, content := range []string{"", "the same bytes", string(random(17 << 20))} {
		key := fmt.Sprintf("own-%d", len(content))
		first, err := objectstore.PutBytesIfAbsent(t.Context(), s, key, []byte(content))
		if err != nil {
			t.Fatal(err)
		}
		again, err := objectstore.PutBytesIfAbsent(t.Context(), s, key, []byte(content))
		if err != nil || !again.Same(first) {
			t.Fatalf("the repeated write of %d bytes: %+v, %v; the first made %+v", len(content), again, err, first)
		}
	}
}

func openReadsTheVersionAskedFor(t *testing.T, s objectstore.Store) {
	first := put(t, s, "k", "version 1")
	if got, err := readAll(s, first); err != nil || got != "version 1" {
		t.Fatalf("read %q, %v", got, err)
	}
	second := put(t, s, "k", "version 2") // of the same size
	if got, err := readAll(s, first); first.VersionID != "" {
		if err != nil || got != "version 1" {
			t.Fatalf("the older version, by its VersionID: %q, %v", got, err)
		}
	} else {
		wantErr(t, "Open of a version that was replaced", err, objectstore.ErrChanged)
	}
	_, err := readAll(s, objectstore.Object{Key: "k", ETag: first.ETag})
	wantErr(t, "Open by the ETag of a version that was replaced", err, objectstore.ErrChanged)
	if got, err := readAll(s, second); err != nil || got != "version 2" {
		t.Fatalf("read %q, %v", got, err)
	}
	r, err := s.Open(t.Context(), objectstore.Object{Key: "k"})
	if err != nil {
		t.Fatal(err)
	}
	if !r.Object().Same(second) {
		t.Errorf("the reader says it reads %+v, not %+v", r.Object(), second)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

func readAtConcurrently(t *testing.T, s objectstore.Store) {
	for _, size := range []int{1 << 20, 9 << 20} { // stores may keep small ones in memory
		readParts(t, s, random(size))
	}
}

func readParts(t *testing.T, s objectstore.Store, content []byte) {
	t.Helper()
	obj := put(t, s, fmt.Sprintf("of-%d-bytes", len(content)), string(content))
	r, err := s.Open(t.Context(), obj)
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			got := make([]byte, len(content)/8)
			off := int64(i * len(got))
			if n, err := r.ReadAt(got, off); n != len(got) || err != nil && err != io.EOF {
				t.Errorf("ReadAt(%d) = %d, %v", off, n, err)
			} else if !bytes.Equal(got, content[off:off+int64(n)]) {
				t.Errorf("ReadAt(%d) returned other bytes", off)
			}
		})
	}
	sequential, err := io.ReadAll(r) // beside the ReadAts
	wg.Wait()
	if err != nil || !bytes.Equal(sequential, content) {
		t.Errorf("Read: %d bytes, %v", len(sequential), err)
	}
	short := make([]byte, 100)
	if n, err := r.ReadAt(short, int64(len(content))-10); n != 10 || err != io.EOF ||
		!bytes.Equal(short[:n], content[len(content)-10:]) {
		t.Errorf("ReadAt across the end = %d, %v; want 10, EOF", n, err)
	}
	if n, err := r.ReadAt(short, int64(len(content))); n != 0 || err != io.EOF {
		t.Errorf("ReadAt at the end = %d, %v; want 0, EOF", n, err)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

func deleteVersionSparesANewerOne(t *testing.T, s objectstore.Store) {
	older := put(t, s, "k", "older")
	newer := put(t, s, "k", "newer")
	wantErr(t, "DeleteVersion of the older version", s.DeleteVersion(t.Context(), older), objectstore.ErrChanged)
	wantContent(t, s, "k", "newer")
	if err := s.DeleteVersion(t.Context(), newer); err != nil {
		t.Fatal(err)
	}
	_, err := s.Head(t.Context(), "k")
	wantErr(t, "Head after DeleteVersion", err, objectstore.ErrNotFound)
	if listed := list(t, s, "", ""); len(listed) != 0 {
		t.Errorf("List after DeleteVersion: %v", keys(listed))
	}
}
