package localhome

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"ndjson-parquet/internal/objectstore"
	"ndjson-parquet/internal/objectstore/open"
)

// elsewhere finds the stores of addresses outside the present places: in the inputs of earlier
// runs.
type elsewhere struct {
	mu     sync.Mutex
	stores map[string]objectstore.Store // by the address of the folder
}

// find implements pipeline.Pipeline.Elsewhere. The ETags of a file do not depend on the folder a
// store is opened at.
func (e *elsewhere) find(ctx context.Context, uri string) (objectstore.Store, string, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	folder := uri[:strings.LastIndexByte(uri, '/')+1]
	store := e.stores[folder]
	if store == nil {
		var err error
		store, err = open.Existing(ctx, folder)
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("%w: %w", objectstore.ErrNotFound, err)
		}
		if err != nil {
			return nil, "", fmt.Errorf("read %s: %w", uri, err)
		}
		if e.stores == nil {
			e.stores = map[string]objectstore.Store{}
		}
		e.stores[folder] = store
	}
	key, ok := store.Key(uri)
	if !ok {
		return nil, "", fmt.Errorf("%s cannot be read from %s: %w", uri, folder, objectstore.ErrNotFound)
	}
	return store, key, nil
}
