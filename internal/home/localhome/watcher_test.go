package localhome

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"
)

// TestWatcher changes files in every way that producers do, and checks which of them are known to
// be complete.
func TestWatcher(t *testing.T) {
	root, outside := t.TempDir(), t.TempDir()
	w, err := watch(root, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { w.run(ctx); close(ended) }()
	whole := map[string]bool{}
	wait := func(key string, want bool) {
		t.Helper()
		timeout := time.After(10 * time.Second)
		for {
			if got, seen := whole[key]; seen && got == want {
				return
			}
			select {
			case h := <-w.hints:
				whole[h.key] = h.whole
			case <-timeout:
				t.Fatalf("no hint of %s with whole %v; hints: %v", key, want, whole)
			}
		}
	}
	write := func(path string) {
		t.Helper()
		if err := os.WriteFile(path, []byte("{}\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	rename := func(from, to string) {
		t.Helper()
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	known := runtime.GOOS == "linux" // elsewhere a renamed file looks like a new one

	write(filepath.Join(root, "written.ndjson"))
	wait("written.ndjson", false)
	write(filepath.Join(root, ".hidden"))
	rename(filepath.Join(root, ".hidden"), filepath.Join(root, "renamed.ndjson"))
	wait("renamed.ndjson", known)
	write(filepath.Join(outside, "x"))
	rename(filepath.Join(outside, "x"), filepath.Join(root, "moved ← in.ndjson"))
	wait("moved ← in.ndjson", known)

	if err := os.MkdirAll(filepath.Join(root, "a", "b"), 0o755); err != nil {
		t.Fatal(err)
	}
	write(filepath.Join(root, "a", "b", "deep.ndjson"))
	wait("a/b/deep.ndjson", false)
	rename(filepath.Join(root, "a"), filepath.Join(root, "c"))
	wait("c/b/deep.ndjson", false)
	write(filepath.Join(root, "c", "b", "later.ndjson"))
	wait("c/b/later.ndjson", false)
	if _, seen := whole[".hidden"]; seen {
		t.Error("a hidden file was reported")
	}

	stop()
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Fatal("the watcher does not stop")
	}
}
