package localhome

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/ledger/sqliteledger"
	"ndjson-parquet/internal/objectstore"
	"ndjson-parquet/internal/pipeline"
)

// ErrLedgerLost says that there is output of earlier batches and no ledger.
var ErrLedgerLost = errors.New("the ledger is missing")

// openLedger opens the ledger of a root, or creates it where nothing has been done yet, and the
// root's record with it. An empty ledger beside old output would take every file for new and
// publish it again.
func openLedger(ctx context.Context, root Root, output, manifests objectstore.ReadStore) (*sqliteledger.Ledger, error) {
	places := root.Places
	_, err := os.Stat(places.Ledger)
	if !errors.Is(err, fs.ErrNotExist) {
		return openKnownLedger(ctx, root, output, manifests)
	}
	for _, s := range []struct {
		store objectstore.ReadStore
		place string
		made  func(key string) bool
	}{
		{output, places.Output, func(key string) bool {
			return strings.Contains(key, "/part-") ||
				strings.Contains(key, "/_commits/")
		}},
		{manifests, places.Manifests, func(key string) bool { return strings.Contains(key, "/batch-") }},
	} {
		for o, err := range s.store.List(ctx, "", "") {
			if err != nil {
				return nil, fmt.Errorf("look for earlier batches: %w", err)
			}
			if s.made(o.Key) {
				if _, err := os.Stat(places.Ledger); err == nil {
					return openKnownLedger(ctx, root, output, manifests) // another process has just created and used it
				}
				return nil, fmt.Errorf("%w: there is none at %s, but %s holds batches (%s): with an empty ledger "+
					"every file would be published again; "+
					"put the ledger back from a backup, name its place with --ledger, or use another --root",
					ErrLedgerLost, places.Ledger, s.place, o.Key)
			}
		}
	}
	if err := root.remember(ctx); err != nil {
		return nil, err
	}
	if err := createLedger(places.Ledger); err != nil {
		return nil, fmt.Errorf("create the ledger: %w", err)
	}
	return sqliteledger.OpenExisting(places.Ledger)
}

// openKnownLedger opens a ledger that exists. If the root has no record yet, it creates one, after
// checking that the ledger's batches are at the places that are given.
func openKnownLedger(ctx context.Context, root Root, output, manifests objectstore.ReadStore) (*sqliteledger.Ledger,
	error) {
	ledger, err := sqliteledger.OpenExisting(root.Places.Ledger)
	if err != nil {
		return nil, err
	}
	_, err = readRecord(ctx, root.Places.Root)
	if errors.Is(err, fs.ErrNotExist) {
		err = checkPlaces(ctx, ledger, root.Places, output, manifests)
	}
	if err == nil {
		err = root.remember(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, ledger.Close())
	}
	return ledger, nil
}

// checkPlaces looks for the manifest and the commit record of a completed batch, if there is one.
func checkPlaces(ctx context.Context, ledger *sqliteledger.Ledger, places home.Places, output,
	manifests objectstore.ReadStore) error {
	for b, err := range ledger.Batches(ctx, "") {
		switch {
		case err != nil:
			return err
		case b.Status != pipeline.Completed:
			continue
		}
		for _, part := range []struct {
			store            objectstore.ReadStore
			key, place, what string
		}{
			{manifests, pipeline.ManifestKey(b.ID), places.Manifests, "manifests"},
			{output, pipeline.CommitKey(b.ID), places.Output, "output"},
		} {
			_, err := part.store.Head(ctx, part.key)
			if errors.Is(err, objectstore.ErrNotFound) {
				return fmt.Errorf("%w: batch %s of the ledger is not in %s: name the place of the %s with --%s, as "+
					"when it was processed",
					ErrPlaces, b.ID, part.place, part.what, part.what)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}
	return nil
}

// createLedger creates an empty ledger that appears whole under its name, even if another process
// creates one at the same time or this process is killed.
func createLedger(path string) error {
	draft := draftLedger(path, rand.Text()[:8])
	defer func() {
		for _, suffix := range []string{"", "-wal", "-shm"} {
			_ = os.Remove(draft + suffix)
		}
	}()
	ledger, err := sqliteledger.Open(draft)
	if err == nil {
		err = ledger.Close()
	}
	if err != nil {
		return err
	}
	if err := os.Link(draft, path); err == nil || errors.Is(err, fs.ErrExist) {
		return nil
	}
	return os.Rename(draft, path) // a file system without links
}

func draftLedger(path, mark string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".new-"+mark)
}

// removeDraftLedgers removes the drafts of a process that was killed while it created the ledger.
func removeDraftLedgers(path string) error {
	left, err := filepath.Glob(draftLedger(path, "*"))
	for _, name := range left {
		err = errors.Join(err, os.Remove(name))
	}
	return err
}
