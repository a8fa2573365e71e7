package sqliteledger

import (
	"context"
	"errors"

	"ndjson-parquet/internal/pipeline"
)

// DeadLetter implements pipeline.DeadLetters.
func (l *Ledger) DeadLetter(ctx context.Context, d pipeline.DeadLetter) error {
	const upsert = `INSERT INTO dead_letters (file_key, etag, uri, error, attempts, first_seen, last_seen)
		VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET uri = excluded.uri, error = excluded.error,
		attempts = attempts + excluded.attempts, last_seen = excluded.last_seen`
	return explain(l.path, l.writer.write(ctx, func(t *transaction) error {
		_, err := t.exec(upsert, d.Key, d.ETag, d.URI, d.Error, d.Attempts, timeText(d.FirstSeen), timeText(d.LastSeen))
		return err
	}))
}

// DeadLetters implements pipeline.DeadLetters.
func (l *Ledger) DeadLetters(ctx context.Context, limit int) ([]pipeline.DeadLetter, error) {
	const query = "SELECT file_key, etag, uri, error, attempts, first_seen, last_seen FROM dead_letters " +
		"ORDER BY first_seen, file_key, etag LIMIT ?"
	rows, err := l.reader.QueryContext(ctx, query, limit)
	letters, err := collect(rows, err, func(row interface{ Scan(...any) error }) (d pipeline.DeadLetter, err error) {
		return d, row.Scan(&d.Key, &d.ETag, &d.URI, &d.Error, &d.Attempts, timeColumn{&d.FirstSeen},
			timeColumn{&d.LastSeen})
	})
	return letters, explain(l.path, err)
}

// Redrive implements pipeline.DeadLetters.
func (l *Ledger) Redrive(ctx context.Context, again func(context.Context, pipeline.DeadLetter) error) (int, error) {
	letters, err := l.DeadLetters(ctx, -1) // no limit
	if err != nil {
		return 0, err
	}
	removed := 0
	var failures error
	for _, d := range letters {
		if err := again(ctx, d); err != nil {
			failures = errors.Join(failures, err)
			if ctx.Err() != nil {
				break
			}
			continue
		}
		// A letter that was recorded again in the meantime is about another failure and stays.
		if err := l.writer.write(ctx, func(t *transaction) error {
			n, err := t.exec("DELETE FROM dead_letters WHERE file_key = ? AND etag = ? AND last_seen = ?", d.Key,
				d.ETag, timeText(d.LastSeen))
			removed += int(n)
			return err
		}); err != nil {
			return removed, explain(l.path, errors.Join(failures, err))
		}
	}
	return removed, failures
}
