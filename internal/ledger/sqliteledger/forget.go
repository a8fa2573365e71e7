package sqliteledger

import (
	"context"
	"fmt"

	"ndjson-parquet/internal/pipeline"
)

const (
	deleteFile  = "DELETE FROM file_tracking WHERE date_prefix = ? AND file_key = ?"
	deleteBatch = "DELETE FROM batches WHERE date_prefix = ? AND num = ?"
)

// ForgetFile implements pipeline.Ledger.
func (l *Ledger) ForgetFile(ctx context.Context, date, key string) error {
	err := l.writer.write(ctx, func(t *transaction) error {
		f, there, err := t.file(date, key)
		if err != nil || !there {
			return err
		}
		return t.remove(f)
	})
	return explain(l.path, err)
}

// ForgetBatch implements pipeline.Ledger.
func (l *Ledger) ForgetBatch(ctx context.Context, id pipeline.BatchID) error {
	key, err := batchKey(id)
	if err != nil {
		return nil //nolint:nilerr // no batch has this id
	}
	err = l.writer.write(ctx, func(t *transaction) error {
		rows, err := t.query(selectBatch, key...)
		found, err := collect(rows, err, scanBatch)
		if err != nil || len(found) == 0 {
			return err
		}
		if !found[0].Status.Final() {
			return fmt.Errorf("batch %s is %s: %w", id, found[0].Status, pipeline.ErrState)
		}
		rows, err = t.query(selectFilesOfBatch, string(id))
		files, err := collect(rows, err, scanFile)
		if err != nil {
			return err
		}
		for _, f := range files {
			if err := t.remove(f); err != nil {
				return err
			}
		}
		_, err = t.exec(deleteBatch, key...)
		return err
	})
	return explain(l.path, err)
}

// remove deletes a row whose work is not under way.
func (t *transaction) remove(f pipeline.File) error {
	if f.Status == pipeline.Manifested || f.Status == pipeline.Processing {
		return fmt.Errorf("file %s is %s: %w", f.Key, f.Status, pipeline.ErrState)
	}
	if _, err := t.exec(deleteFile, f.DatePrefix, f.Key); err != nil {
		return err
	}
	t.sums.add(f, -1)
	return nil
}
