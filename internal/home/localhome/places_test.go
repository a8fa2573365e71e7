package localhome

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/objectstore"
	"ndjson-parquet/internal/pipeline"
)

func TestPlacesDefaultToTheRoot(t *testing.T) {
	root := t.TempDir()
	p, err := Resolve(home.Places{Root: root, Output: "s3://bucket/out/"})
	if err != nil {
		t.Fatal(err)
	}
	if p.Input != filepath.Join(root, "input") || p.Output != "s3://bucket/out" ||
		p.Ledger != filepath.Join(root, LedgerName) || !p.OwnsInput {
		t.Errorf("unexpected places: %+v", p)
	}
	if err := Check(p); err != nil {
		t.Error(err)
	}
	for name, p := range map[string]home.Places{
		"a remote ledger": {Root: root, Ledger: "s3://bucket/tracking.db"},
		"another scheme":  {Root: root, Output: "gs://bucket"},
	} {
		if _, err := Resolve(p); err == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}

func TestAnInputOutsideTheRootIsNotOwned(t *testing.T) {
	folder := t.TempDir()
	root := filepath.Join(folder, "data")
	if err := os.MkdirAll(root, 0o755); err != nil {
		t.Fatal(err)
	}
	// A link in the root that leads outside is outside.
	if err := os.Symlink(t.TempDir(), filepath.Join(root, "linked")); err != nil {
		t.Fatal(err)
	}
	for input, want := range map[string]bool{
		"": true, filepath.Join(root, "other"): true, filepath.Join(folder, "in"): false,
		filepath.Join(root, "linked"): false, "s3://b/in": false,
	} {
		p, err := Resolve(home.Places{Root: root, Input: input})
		if err != nil || p.OwnsInput != want {
			t.Errorf("%q: owned %v (%v), want %v", input, p.OwnsInput, err, want)
		}
	}
}

func TestC40_NeighboursAreNotRefused(t *testing.T) {
	folder := t.TempDir()
	p, err := Resolve(home.Places{Root: filepath.Join(folder, "data"), Input: filepath.Join(folder, "in"),
		Output: filepath.Join(folder, "in-out")})
	if err == nil {
		err = Check(p)
	}
	if err != nil {
		t.Errorf("a name that begins like the input's is taken for a place in it: %v", err)
	}
	p.Input, p.Output = "s3://b/x", "s3://b/xy"
	if err := Check(p); err != nil {
		t.Error(err)
	}
	p.Output = "s3://b/x/y"
	if err := Check(p); !errors.Is(err, ErrPlaces) {
		t.Errorf("the output in the input is accepted: %v", err)
	}
}

func TestSettler(t *testing.T) {
	now := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	s := newSettler(time.Second, func() time.Time { return now })
	file := func(etag string, modified time.Time) pipeline.Arrival {
		return pipeline.Arrival{Object: objectstore.Object{Key: "f", ETag: etag, ModTime: modified}}
	}
	if s.ready(file("1", now.Add(-900*time.Millisecond))) {
		t.Error("a file that was modified just now is ready")
	}
	if !s.ready(file("1", now.Add(-time.Second))) {
		t.Error("a file that was left alone is not ready")
	}
	// A modification time in the future says nothing: what counts is how long we have seen it
	// unchanged.
	ahead := now.Add(time.Hour)
	if s.ready(file("2", ahead)) {
		t.Error("a file of the future is ready at first sight")
	}
	now = now.Add(700 * time.Millisecond)
	if s.ready(file("3", ahead.Add(time.Second))) {
		t.Error("a file that changed is ready")
	}
	now = now.Add(700 * time.Millisecond)
	if s.ready(file("3", ahead.Add(time.Second))) {
		t.Error("a file that changed 0.7 s ago is ready")
	}
	now = now.Add(300 * time.Millisecond)
	if !s.ready(file("3", ahead.Add(time.Second))) {
		t.Error("a file that was left alone for a second is not ready")
	}
}

func TestPresence(t *testing.T) {
	path := filepath.Join(t.TempDir(), presenceName)
	first, err := enter(path)
	if err != nil {
		t.Fatal(err)
	}
	if !first.alone() {
		t.Error("the first is not alone")
	}
	second, err := enter(path)
	if err != nil {
		t.Fatal(err)
	}
	if first.alone() || second.alone() {
		t.Error("one of two is alone")
	}
	if err := first.leave(); err != nil {
		t.Fatal(err)
	}
	if !second.alone() {
		t.Error("the one that is left is not alone")
	}
	if err := second.leave(); err != nil {
		t.Fatal(err)
	}
}

// TestC11_NoProcessEntersDuringCleaning checks that a process cannot enter while leftovers are
// removed: its own new files would be removed with them.
func TestC11_NoProcessEntersDuringCleaning(t *testing.T) {
	path := filepath.Join(t.TempDir(), presenceName)
	first, err := enter(path)
	if err != nil {
		t.Fatal(err)
	}
	entered := make(chan error, 1)
	if err := first.ifAlone(func() error {
		go func() {
			second, err := enter(path)
			if err == nil {
				err = second.leave()
			}
			entered <- err
		}()
		select {
		case <-entered:
			return errors.New("another process has entered")
		case <-time.After(50 * time.Millisecond):
			return nil
		}
	}); err != nil {
		t.Error(err)
	}
	if err := <-entered; err != nil {
		t.Error(err)
	}
	if err := first.leave(); err != nil {
		t.Fatal(err)
	}
}
