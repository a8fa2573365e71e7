package simulation

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"

	"ndjson-parquet/internal/objectstore"
	"ndjson-parquet/internal/pipeline"
)

// ended reports whether no file is in progress.
func (w *world) ended(ctx context.Context) bool { return len(w.unended(ctx)) == 0 }

func (w *world) unended(ctx context.Context) []string {
	var under []string
	seen := map[string]bool{}
	for f := range w.ledger.Files(ctx, "", "") {
		seen[f.Key] = true
		if !f.Status.Final() {
			under = append(under, fmt.Sprintf("%s is %s", f.Key, f.Status))
		}
	}
	for b := range w.ledger.Batches(ctx, "") {
		if b.Status != pipeline.Completed {
			under = append(under, fmt.Sprintf("batch %s is %s: %s", b.ID, b.Status, b.Error))
		}
	}
	for o := range w.input.List(ctx, "", "") {
		if !seen[o.Key] {
			under = append(under, o.Key+" is unknown")
		}
	}
	return under
}

// checkListing checks promise 2 for a listing of the output at this moment: it contains only whole
// Parquet objects and commit records.
func (w *world) checkListing(ctx context.Context) error {
	for o := range w.output.List(ctx, "", "") {
		folder, name, _ := strings.Cut(o.Key, "/")
		if !strings.HasPrefix(folder, pipeline.OutputPrefix) ||
			!strings.HasPrefix(name, "part-") && !strings.HasPrefix(name, "_commits/") {
			return fmt.Errorf("promise 2: %s is visible in the output", o.Key)
		}
	}
	return nil
}

// check checks the result of a history.
func (w *world) check(ctx context.Context) error {
	published, err := w.published(ctx)
	if err != nil {
		return err
	}
	return errors.Join(w.checkOnce(ctx, published), w.checkLedger(ctx), w.checkRepeatable(ctx))
}

// published counts each record id in all Parquet objects and checks that each object belongs to a
// commit that describes it.
func (w *world) published(ctx context.Context) (map[string]int, error) {
	ids := map[string]int{}
	committed := map[string]pipeline.Output{}
	for o := range w.output.List(ctx, "", "") {
		if strings.Contains(o.Key, "/_commits/") {
			id, ok := pipeline.BatchOfOutput(o.Key)
			if !ok {
				return nil, fmt.Errorf("promise 2: %s is not the name of a commit record", o.Key)
			}
			c, err := w.reader().ReadCommit(ctx, id)
			if err != nil {
				return nil, err
			}
			for _, out := range c.Outputs {
				committed[out.Key] = out
			}
		}
	}
	for o := range w.output.List(ctx, "", "") {
		if strings.Contains(o.Key, "/_commits/") {
			continue
		}
		data, _, err := w.output.Get(ctx, o.Key)
		if err != nil {
			return nil, err
		}
		rows, err := idColumn(data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", o.Key, err)
		}
		c, ok := committed[o.Key]
		if !ok && len(rows) == 0 {
			continue // it decided nothing, and a crash came before its removal
		}
		if !ok {
			return nil, fmt.Errorf("promise 2: %s belongs to no commit", o.Key)
		}
		if int64(len(rows)) != c.Rows || o.Size != c.Size {
			return nil, fmt.Errorf("promise 2: %s has %d rows in %d bytes, its commit says %d in %d", o.Key, len(rows),
				o.Size, c.Rows, c.Size)
		}
		for _, id := range rows {
			ids[id]++
		}
		delete(committed, o.Key)
	}
	for key := range committed {
		return nil, fmt.Errorf("promise 2: %s is committed but does not exist", key)
	}
	return ids, nil
}

// reader returns the pipeline without faults.
func (w *world) reader() *pipeline.Pipeline {
	ports := w.pipeline.Ports
	ports.Ledger, ports.Input, ports.Manifests, ports.Output, ports.Quarantine = w.ledger, w.input, w.manifests,
		w.output, w.quarantine
	p, err := pipeline.New(ports, w.pipeline.Config)
	if err != nil {
		panic(err)
	}
	return p
}

// idColumn reads the column "id" of a Parquet object.
func idColumn(data []byte) ([]string, error) {
	f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	if f.NumRows() == 0 {
		return nil, nil
	}
	leaf, ok := f.Schema().Lookup("id")
	if !ok {
		return nil, errors.New("no column id")
	}
	var ids []string
	for _, g := range f.RowGroups() {
		pages := g.ColumnChunks()[leaf.ColumnIndex].Pages()
		for {
			page, err := pages.ReadPage()
			if err == io.EOF {
				break
			}
			if err != nil {
				return nil, errors.Join(err, pages.Close())
			}
			values := make([]parquet.Value, page.NumValues())
			n, err := page.Values().ReadValues(values)
			if err != nil && err != io.EOF {
				return nil, errors.Join(err, pages.Close())
			}
			for _, v := range values[:n] {
				ids = append(ids, v.String())
			}
		}
		if err := pages.Close(); err != nil {
			return nil, err
		}
	}
	return ids, nil
}

// checkOnce checks promises 1 and 6: of every version, either all records were published exactly
// once or none was; all were if the ledger says completed.
func (w *world) checkOnce(ctx context.Context, published map[string]int) error {
	for _, v := range w.versions {
		counts := map[int]int{}
		for _, id := range v.records {
			counts[published[id]]++
			if published[id] > 1 {
				return fmt.Errorf("promise 1: record %s of %s was published %d times", id, v.Key, published[id])
			}
		}
		if counts[0] > 0 && counts[1] > 0 {
			return fmt.Errorf("promise 1: %d of %d records of %s (%s) were published", counts[1], v.lines, v.Key,
				v.ETag)
		}
		row, err := w.row(ctx, v)
		if err != nil {
			return err
		}
		completed := row != nil && row.Status == pipeline.Completed
		if completed != (counts[1] > 0) && v.lines > 0 && (completed || row != nil) {
			return fmt.Errorf("promise 1: %s (%s) is %s and has %d of %d records published", v.Key, v.ETag, row.Status,
				counts[1], v.lines)
		}
		if completed && (row.Rows != int64(v.lines) || row.Rejected != int64(v.bad) ||
			row.Lines != row.Rows+row.Rejected+row.Blank) {
			return fmt.Errorf("promise 1: %s: %d rows and %d rejected in the ledger, %d and %d in the file", v.Key,
				row.Rows, row.Rejected, v.lines, v.bad)
		}
		now, err := w.input.Head(ctx, v.Key)
		if err != nil || now.ETag != v.ETag {
			continue
		}
		// The version still exists, so it must be in the ledger, and in the end be refused or
		// published.
		switch {
		case row == nil && w.pipeline.Config.OverwritePolicy != pipeline.OverwriteIgnore:
			return fmt.Errorf("promise 1: %s (%s) is in the input but not in the ledger", v.Key, v.ETag)
		case row != nil && row.Status == pipeline.Failed:
			return fmt.Errorf("promise 1: %s (%s) is in the input and failed: %s %s", v.Key, v.ETag, row.Reason,
				row.Detail)
		case row != nil && v.valid && row.Status == pipeline.Quarantined && row.Reason != pipeline.ReasonOverwritten &&
			row.Reason != pipeline.ReasonTooManyRejects && row.Reason != pipeline.ReasonNotNDJSON:
			return fmt.Errorf("%s is quarantined: %s", v.Key, row.Reason)
		}
	}
	return nil
}

// row returns the ledger's row of a version; nil if there is none.
func (w *world) row(ctx context.Context, v version) (*pipeline.File, error) {
	for _, date := range []string{v.date, pipeline.Undated} {
		rows, err := w.ledger.Versions(ctx, date, v.Key)
		if err != nil && !errors.Is(err, pipeline.ErrNotFound) {
			return nil, err
		}
		for _, r := range rows {
			if r.ETag == v.ETag {
				return &r, nil
			}
		}
	}
	return nil, nil
}

// checkLedger checks promises 3 and 4.
func (w *world) checkLedger(ctx context.Context) error {
	owner := map[string]pipeline.BatchID{}
	for b := range w.ledger.Batches(ctx, "") {
		c, err := w.reader().ReadCommit(ctx, b.ID)
		if err != nil {
			return fmt.Errorf("batch %s is completed: %w", b.ID, err)
		}
		for _, in := range c.Inputs {
			if in.Status != pipeline.Completed {
				continue
			}
			if other, taken := owner[in.URI+in.ETag]; taken {
				return fmt.Errorf("promise 3: %s (%s) is in %s and in %s", in.FileKey, in.ETag, other, b.ID)
			}
			owner[in.URI+in.ETag] = b.ID
		}
	}
	return nil
}

// checkRepeatable checks promise 5: repeating every step changes nothing, and a run that finds no
// commit produces the same bytes.
func (w *world) checkRepeatable(ctx context.Context) error {
	before := w.snapshot(ctx)
	p := w.reader()
	for b := range w.ledger.Batches(ctx, "") {
		if b.Status != pipeline.Completed {
			continue
		}
		c, err := p.ConvertAndPublish(ctx, b.ID, false)
		if err == nil {
			err = p.Settle(ctx, c)
		}
		if err != nil {
			return fmt.Errorf("promise 5: second run of %s: %w", b.ID, err)
		}
		if w.unchanged(ctx, c) {
			if err := w.output.Delete(ctx, pipeline.CommitKey(b.ID)); err != nil {
				return err
			}
			again, err := p.ConvertAndPublish(ctx, b.ID, false)
			if err != nil {
				return fmt.Errorf("promise 5: conversion of %s once more: %w", b.ID, err)
			}
			again.StartedAt, again.DurationMS = c.StartedAt, c.DurationMS
			if fmt.Sprintf("%+v", again) != fmt.Sprintf("%+v", c) {
				return fmt.Errorf("promise 5: the commit of %s was\n%+v\nand is now\n%+v", b.ID, c, again)
			}
		}
	}
	after := w.snapshot(ctx)
	for _, key := range slices.Sorted(maps.Keys(before)) {
		if !strings.Contains(key, "/_commits/") && !bytes.Equal(before[key], after[key]) {
			return fmt.Errorf("promise 5: %s has other bytes after a second run", key)
		}
	}
	if len(before) != len(after) {
		return fmt.Errorf("promise 5: %d objects before a second run, %d after it", len(before), len(after))
	}
	return nil
}

// unchanged reports whether all inputs of a commit still exist as they were.
func (w *world) unchanged(ctx context.Context, c pipeline.Commit) bool {
	for _, in := range c.Inputs {
		key, ok := w.input.Key(in.URI)
		o, err := w.input.Head(ctx, key)
		if !ok || in.Status != pipeline.Completed || err != nil || o.ETag != in.ETag {
			return false
		}
	}
	return true
}

func (w *world) snapshot(ctx context.Context) map[string][]byte {
	all := map[string][]byte{}
	for name, s := range map[string]objectstore.Store{"output": w.output, "quarantine": w.quarantine} {
		for o := range s.List(ctx, "", "") {
			all[name+"/"+o.Key], _, _ = s.Get(ctx, o.Key)
		}
	}
	return all
}
