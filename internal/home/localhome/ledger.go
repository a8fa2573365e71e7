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
)

// ErrLedgerLost says that there is no ledger, but output that one must have known of.
var ErrLedgerLost = errors.New("the ledger is missing")

// openLedger opens the ledger, or makes one where nothing has been done yet. An empty ledger beside old output would take
// every file for new and publish it again.
func openLedger(ctx context.Context, places home.Places, output, manifests objectstore.ReadStore) (*sqliteledger.Ledger, error) {
	_, err := os.Stat(places.Ledger)
	if !errors.Is(err, fs.ErrNotExist) {
		return sqliteledger.OpenExisting(places.Ledger)
	}
	for _, s := range []struct {
		store objectstore.ReadStore
		place string
		made  func(key string) bool
	}{
		{output, places.Output, func(key string) bool { return strings.Contains(key, "/part-") || strings.Contains(key, "/_commits/") }},
		{manifests, places.Manifests, func(key string) bool { return strings.Contains(key, "/batch-") }},
	} {
		for o, err := range s.store.List(ctx, "", "") {
			if err != nil {
				return nil, fmt.Errorf("look for earlier batches: %w", err)
			}
			if s.made(o.Key) {
				if _, err := os.Stat(places.Ledger); err == nil {
					return sqliteledger.OpenExisting(places.Ledger) // made and used by another process just now
				}
				return nil, fmt.Errorf("%w: there is none at %s, but %s holds batches (%s): with an empty ledger every file would be published again; "+
					"put the ledger back from a backup, say where it is with --ledger, or start anew in another --root",
					ErrLedgerLost, places.Ledger, s.place, o.Key)
			}
		}
	}
	if err := makeLedger(places.Ledger); err != nil {
		return nil, fmt.Errorf("make the ledger: %w", err)
	}
	return sqliteledger.OpenExisting(places.Ledger)
}

// makeLedger makes an empty ledger that appears whole under its name, whoever else is making one and whenever this process is
// killed.
func makeLedger(path string) error {
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

// removeDraftLedgers removes what a process left that was killed while it made the ledger.
func removeDraftLedgers(path string) error {
	left, err := filepath.Glob(draftLedger(path, "*"))
	for _, name := range left {
		err = errors.Join(err, os.Remove(name))
	}
	return err
}
