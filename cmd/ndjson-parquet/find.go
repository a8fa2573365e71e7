package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"regexp"

	"ndjson-parquet/internal/home/localhome"
	"ndjson-parquet/internal/pipeline"
)

var dateInName = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}`)

// findFile finds the rows of a file, all its versions, by its key, its path or address, or its name alone. ErrNotFound.
func findFile(ctx context.Context, ledger pipeline.Ledger, places localhome.Places, name string) ([]pipeline.File, error) {
	base := path.Base(filepath.ToSlash(name))
	keys := []string{filepath.ToSlash(name)}
	if abs, err := filepath.Abs(name); err == nil && !localhome.IsRemote(places.Input) {
		if rel, err := filepath.Rel(places.Input, abs); err == nil && filepath.IsLocal(rel) {
			keys = append(keys, filepath.ToSlash(rel))
		}
	}
	dates := []string{pipeline.Undated}
	if date := dateInName.FindString(base); date != "" {
		dates = []string{date, pipeline.Undated}
	}
	for _, date := range dates {
		for _, key := range keys {
			rows, err := ledger.Versions(ctx, date, key)
			if err == nil && len(rows) > 0 || err != nil && !errors.Is(err, pipeline.ErrNotFound) {
				return rows, err
			}
			f, err := ledger.File(ctx, date, key) // a further version, by its own key
			if err == nil {
				return []pipeline.File{f}, nil
			}
			if !errors.Is(err, pipeline.ErrNotFound) {
				return nil, err
			}
		}
	}
	return findByName(ctx, ledger, dates, name, base)
}

// findByName looks through the files of the dates that a name can belong to.
func findByName(ctx context.Context, ledger pipeline.Ledger, dates []string, name, base string) ([]pipeline.File, error) {
	var found []pipeline.File
	for _, date := range dates {
		for f, err := range ledger.Files(ctx, date, "") {
			if err != nil {
				return nil, err
			}
			if f.Path == name || path.Base(f.Key) == base {
				found = append(found, f)
			}
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("file %s: %w", name, pipeline.ErrNotFound)
	}
	return found, nil
}
