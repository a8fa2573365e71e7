package home

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"ndjson-parquet/internal/pipeline"
)

// Find returns the rows of a file, all its versions, by its key, its path or address, or its name
// alone. The error is pipeline.ErrNotFound if there are none.
func (v *View) Find(ctx context.Context, name string) ([]pipeline.File, error) {
	base := path.Base(filepath.ToSlash(name))
	keys := []string{filepath.ToSlash(name)}
	if abs, err := filepath.Abs(name); err == nil && !IsRemote(v.Places.Input) {
		if rel, err := filepath.Rel(v.Places.Input, abs); err == nil && filepath.IsLocal(rel) {
			keys = append(keys, filepath.ToSlash(rel))
		}
	}
	dates := []string{}
	for _, key := range keys {
		date, reason, _ := v.Config.Date(key, time.Time{})
		if reason == "" && !slices.Contains(dates, date) {
			dates = append(dates, date)
		}
	}
	known := len(dates) > 0 || v.Config.DatePattern.String() == (pipeline.DatePattern{}).String()
	dates = append(dates, pipeline.Undated)
	for _, date := range dates {
		for _, key := range keys {
			if rows, err := v.versions(ctx, date, key); !errors.Is(err, pipeline.ErrNotFound) {
				return rows, err
			}
		}
	}
	if !known { // the name alone does not say which date the file has
		dates = []string{""}
	}
	return v.findByName(ctx, dates, name, base)
}

// versions returns all rows of a key, or the one row of a further version that has the key itself.
func (v *View) versions(ctx context.Context, date, key string) ([]pipeline.File, error) {
	rows, err := v.Ledger.Versions(ctx, date, key)
	if err == nil && len(rows) > 0 || err != nil && !errors.Is(err, pipeline.ErrNotFound) {
		return rows, err
	}
	f, err := v.Ledger.File(ctx, date, key)
	if err != nil {
		return nil, err
	}
	return []pipeline.File{f}, nil
}

// findByName looks through the files of the dates that a name can belong to.
func (v *View) findByName(ctx context.Context, dates []string, name, base string) ([]pipeline.File, error) {
	var found []pipeline.File
	for _, date := range dates {
		for f, err := range v.Ledger.Files(ctx, date, "") {
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

// Unknown returns what an operator can do about a name for which Find returns pipeline.ErrNotFound:
// it may be that of a dead letter.
func (v *View) Unknown(ctx context.Context, name string) (pipeline.Advice, error) {
	const most = 100_000
	letters, err := v.RecordedDeadLetters(ctx, most)
	if err != nil {
		return pipeline.Advice{}, err
	}
	for _, d := range letters {
		if d.Key == name || strings.HasSuffix(d.URI, "/"+name) {
			return pipeline.AdviseDeadLetter(d), nil
		}
	}
	return pipeline.AdviseUnknown(name, v.Places.Input, v.Resumption), nil
}
