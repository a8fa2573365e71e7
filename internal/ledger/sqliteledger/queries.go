package sqliteledger

import (
	"context"
	"iter"
	"math"
	"slices"
	"time"

	"ndjson-parquet/internal/pipeline"
)

// pageSize is how many rows a sequence reads at once. Between pages it holds no connection and no
// snapshot, so that the consumer may take its time and use the ledger.
const pageSize = 500

// Batch implements pipeline.Ledger.
func (l *Ledger) Batch(ctx context.Context, id pipeline.BatchID) (b pipeline.Batch, files []pipeline.File, err error) {
	key, err := batchKey(id)
	if err != nil {
		return b, nil, err
	}
	tx, err := l.reader.BeginTx(ctx, nil) // so that batch and files are of one snapshot
	if err != nil {
		return b, nil, explain(l.path, err)
	}
	defer func() { _ = tx.Rollback() }() // it has only read
	rows, err := tx.QueryContext(ctx, selectBatch, key...)
	found, err := collect(rows, err, scanBatch)
	if err != nil {
		return b, nil, explain(l.path, err)
	}
	if len(found) == 0 {
		return b, nil, pipeline.BatchNotFound(id)
	}
	rows, err = tx.QueryContext(ctx, selectFilesOfBatch, string(id))
	files, err = collect(rows, err, scanFile)
	return found[0], files, explain(l.path, err)
}

const selectStale = "SELECT " + batchColumns +
	" FROM batches WHERE (status = 'manifested' OR status = 'processing') AND updated_at < ?1 " +
	"AND (updated_at, date_prefix, num) > (?2, ?3, ?4) ORDER BY updated_at, date_prefix, num LIMIT ?5"

// Stale implements pipeline.Ledger.
func (l *Ledger) Stale(ctx context.Context, before, _ time.Time) iter.Seq2[pipeline.Batch, error] {
	return paged(func(last pipeline.Batch) ([]pipeline.Batch, error) {
		date, num := position(last)
		rows, err := l.reader.QueryContext(ctx, selectStale, timeText(before), timeText(last.UpdatedAt), date, num,
			pageSize)
		found, err := collect(rows, err, scanBatch)
		return found, explain(l.path, err)
	})
}

// Batches implements pipeline.Ledger.
func (l *Ledger) Batches(ctx context.Context, date string) iter.Seq2[pipeline.Batch, error] {
	const query = "SELECT " + batchColumns + " FROM batches WHERE (date_prefix, num) > (?1, ?2) "
	return paged(func(last pipeline.Batch) ([]pipeline.Batch, error) {
		from, num := position(last)
		q := query
		if date != "" {
			q, from = q+"AND date_prefix = ?1 ", date
		}
		rows, err := l.reader.QueryContext(ctx, q+"ORDER BY date_prefix, num LIMIT ?3", from, num, pageSize)
		found, err := collect(rows, err, scanBatch)
		return found, explain(l.path, err)
	})
}

// position is the place of a batch in its table; a zero batch comes before all others.
func position(b pipeline.Batch) (date any, num any) {
	if key, err := batchKey(b.ID); err == nil {
		return key[0], key[1]
	}
	return "", 0
}

// selectPendingDates jumps from date to date: its cost depends on the number of dates, not of
// files.
const selectPendingDates = `WITH RECURSIVE dates (date) AS (
	SELECT min(date_prefix) FROM file_tracking WHERE status = 'pending'
	UNION ALL
	SELECT (SELECT min(date_prefix) FROM file_tracking WHERE status = 'pending' AND date_prefix > date)
	FROM dates WHERE date IS NOT NULL
)
SELECT date, (SELECT min(created_at) FROM file_tracking WHERE status = 'pending' AND date_prefix = date)
FROM dates WHERE date IS NOT NULL`

// PendingDates implements pipeline.Ledger.
func (l *Ledger) PendingDates(ctx context.Context) ([]pipeline.PendingDate, error) {
	rows, err := l.reader.QueryContext(ctx, selectPendingDates)
	dates, err := collect(rows, err, func(row interface{ Scan(...any) error }) (d pipeline.PendingDate, err error) {
		return d, row.Scan(&d.Date, timeColumn{&d.Oldest})
	})
	return dates, explain(l.path, err)
}

// File implements pipeline.Ledger.
func (l *Ledger) File(ctx context.Context, date, key string) (pipeline.File, error) {
	rows, err := l.reader.QueryContext(ctx, selectFile, date, key)
	found, err := collect(rows, err, scanFile)
	if err != nil {
		return pipeline.File{}, explain(l.path, err)
	}
	if len(found) == 0 {
		return pipeline.File{}, pipeline.FileNotFound(date, key)
	}
	return found[0], nil
}

// Versions implements pipeline.Ledger.
func (l *Ledger) Versions(ctx context.Context, date, key string) ([]pipeline.File, error) {
	first, err := l.File(ctx, date, key)
	if err != nil {
		return nil, err
	}
	const query = "SELECT " + fileColumns +
		" FROM file_tracking WHERE date_prefix = ?1 " +
		"AND file_key > ?2 || '#' AND file_key < ?2 || '$' ORDER BY created_at, file_key"
	rows, err := l.reader.QueryContext(ctx, query, date, key) // '$' follows '#'
	further, err := collect(rows, err, scanFile)
	if err != nil {
		return nil, explain(l.path, err)
	}
	further = slices.DeleteFunc(further, func(f pipeline.File) bool { return !f.IsFurther(key) })
	return append([]pipeline.File{first}, further...), nil
}

// selectFiles is the query of a page of Files: at most ?3 rows after date and key ?1 and ?2, of
// status ?4.
func selectFiles(date string, status pipeline.Status) string {
	query := "SELECT " + fileColumns + " FROM file_tracking WHERE "
	if date != "" {
		query += "date_prefix = ?1 AND file_key > ?2 "
	} else {
		query += "(date_prefix, file_key) > (?1, ?2) "
	}
	switch status {
	case "":
	case pipeline.Failed, pipeline.Quarantined:
		query += "AND status = '" + string(status) + "' " // as a literal, so that SQLite uses the index of that status
	default:
		query += "AND status = ?4 "
	}
	return query + "ORDER BY date_prefix, file_key LIMIT ?3"
}

// Files implements pipeline.Ledger.
func (l *Ledger) Files(ctx context.Context, date string, status pipeline.Status) iter.Seq2[pipeline.File, error] {
	query := selectFiles(date, status)
	return paged(func(last pipeline.File) ([]pipeline.File, error) {
		from := last.DatePrefix
		if date != "" {
			from = date
		}
		rows, err := l.reader.QueryContext(ctx, query, from, last.Key, pageSize, string(status))
		found, err := collect(rows, err, scanFile)
		return found, explain(l.path, err)
	})
}

// FilesAfter implements pipeline.Ledger.
func (l *Ledger) FilesAfter(ctx context.Context, date, after string, status pipeline.Status) iter.Seq2[pipeline.File,
	error] {
	query := selectFiles(date, status)
	return paged(func(last pipeline.File) ([]pipeline.File, error) {
		if last.Key != "" {
			after = last.Key
		}
		rows, err := l.reader.QueryContext(ctx, query, date, after, pageSize, string(status))
		found, err := collect(rows, err, scanFile)
		return found, explain(l.path, err)
	})
}

// LatestBatches implements pipeline.Ledger.
func (l *Ledger) LatestBatches(ctx context.Context, date string) iter.Seq2[pipeline.Batch, error] {
	const query = "SELECT " + batchColumns +
		" FROM batches WHERE date_prefix = ?1 AND num < ?2 ORDER BY num DESC LIMIT ?3"
	return paged(func(last pipeline.Batch) ([]pipeline.Batch, error) {
		var before any = int64(math.MaxInt64)
		if last.ID != "" {
			_, before = position(last)
		}
		rows, err := l.reader.QueryContext(ctx, query, date, before, pageSize)
		found, err := collect(rows, err, scanBatch)
		return found, explain(l.path, err)
	})
}

// paged yields the rows of page after page. read gets the last row that was yielded.
func paged[T any](read func(last T) ([]T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		var last T
		for {
			page, err := read(last)
			if err != nil {
				yield(last, err)
				return
			}
			for _, last = range page {
				if !yield(last, nil) {
					return
				}
			}
			if len(page) < pageSize {
				return
			}
		}
	}
}
