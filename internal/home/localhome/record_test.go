package localhome

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/pipeline"
)

// openRoot opens a root as a command does, and closes it when the test ends.
func openRoot(t *testing.T, given Root) (*Home, error) {
	t.Helper()
	root, err := Find(t.Context(), given)
	if err != nil {
		return nil, err
	}
	config := pipeline.DefaultConfig()
	if root.Compression != "" {
		config.Compression = root.Compression
	}
	h, err := Open(t.Context(), Options{Places: root.Places, Config: config, Log: slog.New(slog.DiscardHandler)})
	if err == nil {
		t.Cleanup(func() {
			if err := h.Close(context.Background()); err != nil {
				t.Error(err)
			}
		})
	}
	return h, err
}

func TestARootRemembersItsPlaces(t *testing.T) {
	folder := t.TempDir()
	root, output := filepath.Join(folder, "data"), filepath.Join(folder, "out")
	if _, err := openRoot(t, Root{Places: home.Places{Root: root, Output: output}, Compression: "zstd"}); err != nil {
		t.Fatal(err)
	}
	found, err := Find(t.Context(), Root{Places: home.Places{Root: root}})
	if err != nil || found.Places.Output != output || found.Compression != "zstd" ||
		found.Places.Ledger != filepath.Join(root, LedgerName) {
		t.Errorf("found %+v (%v), want the output %s and zstd", found, err, output)
	}
	if _, err := openRoot(t, Root{Places: home.Places{Root: root}}); err != nil {
		t.Errorf("with the root alone: %v", err)
	}
	if _, err := openRoot(t, Root{Places: home.Places{Root: root, Output: output + "/"},
		Compression: "zstd"}); err != nil {
		t.Errorf("with the same places again: %v", err)
	}
	var changed *ChangedError
	for what, given := range map[string]Root{
		"output":      {Places: home.Places{Output: filepath.Join(folder, "other")}},
		"manifests":   {Places: home.Places{Manifests: "s3://b/m"}},
		"quarantine":  {Places: home.Places{Quarantine: folder}},
		"ledger":      {Places: home.Places{Ledger: filepath.Join(folder, "l.db")}},
		"compression": {Compression: "snappy"},
	} {
		given.Places.Root = root
		if _, err := Find(t.Context(), given); !errors.As(err, &changed) || changed.What != what {
			t.Errorf("another %s: %v, want a ChangedError", what, err)
		}
	}
	other := t.TempDir()
	if h, err := openRoot(t, Root{Places: home.Places{Root: root, Input: other}}); err != nil ||
		h.Places.Input != other {
		t.Errorf("another input is refused: %v", err)
	}
	if found, err := Find(t.Context(), Root{Places: home.Places{Root: root}}); err != nil ||
		found.Places.Input != filepath.Join(root, "input") {
		t.Errorf("the input is %s (%v) after a run with another one, want that of the first", found.Places.Input, err)
	}
}

func TestARootCanBeMovedAsAWhole(t *testing.T) {
	folder := t.TempDir()
	before, after := filepath.Join(folder, "before"), filepath.Join(folder, "after")
	h, err := openRoot(t, Root{Places: home.Places{Root: before}})
	if err != nil {
		t.Fatal(err)
	}
	if err := h.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(before, after); err != nil {
		t.Fatal(err)
	}
	found, err := Find(t.Context(), Root{Places: home.Places{Root: after}})
	if err != nil || found.Places.Output != filepath.Join(after, "output") ||
		found.Places.Ledger != filepath.Join(after, LedgerName) {
		t.Errorf("found %+v (%v), want places in %s", found.Places, err, after)
	}
}

// TestC11_TwoProcessesCreateARoot opens a new root with two outputs at once: one of them is
// recorded, and the other process publishes nothing elsewhere.
func TestC11_TwoProcessesCreateARoot(t *testing.T) {
	for range 10 {
		folder := t.TempDir()
		root := filepath.Join(folder, "data")
		outputs := []string{filepath.Join(folder, "a"), filepath.Join(folder, "b")}
		errs := make([]error, len(outputs))
		var both sync.WaitGroup
		for i, output := range outputs {
			both.Go(func() { _, errs[i] = openRoot(t, Root{Places: home.Places{Root: root, Output: output}}) })
		}
		both.Wait()
		found, err := Find(t.Context(), Root{Places: home.Places{Root: root}})
		if err != nil {
			t.Fatal(err)
		}
		for i, output := range outputs {
			var changed *ChangedError
			if won := found.Places.Output == output; won && errs[i] != nil || !won && !errors.As(errs[i], &changed) {
				t.Errorf("the root records %s; opening with %s: %v", found.Places.Output, output, errs[i])
			}
		}
	}
}

func TestAnOldRootGetsARecord(t *testing.T) {
	b := openBench(t, "2026-01-14 12:00:00", nil)
	b.put("2026-01-12-a.ndjson", 3)
	if _, err := b.Run(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	record := filepath.Join(b.Places.Root, RecordName)
	if err := os.Remove(record); err != nil {
		t.Fatal(err)
	}
	elsewhere := t.TempDir()
	if _, err := openRoot(t, Root{Places: home.Places{Root: b.Places.Root, Output: elsewhere}}); !errors.Is(err,
		ErrPlaces) || !strings.Contains(err.Error(), "--output") {
		t.Errorf("an output without the ledger's batches is accepted: %v", err)
	}
	if _, err := os.Stat(record); !errors.Is(err, fs.ErrNotExist) {
		t.Error("it was recorded all the same")
	}
	if _, err := openRoot(t, Root{Places: home.Places{Root: b.Places.Root}}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(record); err != nil {
		t.Errorf("the next writing open made no record: %v", err)
	}
}

func TestADamagedRecordIsRefused(t *testing.T) {
	for _, content := range []string{"", "{", `{"format":1}`,
		`{"format":2,"input":"i","manifests":"m","output":"o","quarantine":"q","ledger":"l"}`} {
		root := t.TempDir()
		if err := os.WriteFile(filepath.Join(root, RecordName), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		if _, err := openRoot(t, Root{Places: home.Places{Root: root}}); err == nil {
			t.Errorf("%q is accepted", content)
		}
	}
}

func TestMove(t *testing.T) {
	b := openBench(t, "2026-01-14 12:00:00", nil)
	b.put("2026-01-12-a.ndjson", 3)
	if _, err := b.Run(t.Context(), false); err != nil {
		t.Fatal(err)
	}
	root, output := b.Places.Root, filepath.Join(t.TempDir(), "out")
	to := Root{Places: home.Places{Root: root, Output: output}}
	if _, err := Move(t.Context(), to); !errors.Is(err, ErrBusy) {
		t.Errorf("a root with a process at work was moved: %v", err)
	}
	if err := b.presence.leave(); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(output, 0o755); err != nil {
		t.Fatal(err)
	}
	if r, err := Move(t.Context(), to); err != nil || len(r.Findings) == 0 {
		t.Errorf("a move to an empty place: %+v (%v), want findings", r, err)
	}
	if found, err := Find(t.Context(), Root{Places: home.Places{Root: root}}); err != nil ||
		found.Places.Output != b.Places.Output {
		t.Errorf("the record was changed: %+v (%v)", found, err)
	}
	if err := os.CopyFS(output, os.DirFS(b.Places.Output)); err != nil {
		t.Fatal(err)
	}
	if r, err := Move(t.Context(), to); err != nil || len(r.Findings) > 0 || r.Rows != 3 {
		t.Errorf("a move to a copy: %+v (%v)", r, err)
	}
	if found, err := Find(t.Context(), Root{Places: home.Places{Root: root}}); err != nil ||
		found.Places.Output != output {
		t.Errorf("the record was not changed: %+v (%v)", found, err)
	}
	b.presence, _ = enter(filepath.Join(root, presenceName))
}
