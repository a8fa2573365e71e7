package sqliteledger

import (
	"context"
	"fmt"
)

// A Health is the state of a ledger's file.
type Health struct {
	SQLite   string   // version of the library
	Schema   int      // version of the file's schema
	Newest   int      // version of the schema that this program knows
	Journal  string   // journal mode
	Problems []string // what is damaged or inconsistent
}

// mostProblems bounds Health.Problems.
const mostProblems = 10

// Health examines the file: its structure with SQLite's own check, and that the sums of the summary
// are those of the rows. It reads the whole file.
func (l *Ledger) Health(ctx context.Context) (Health, error) {
	h := Health{Newest: len(migrations)}
	err := l.reader.QueryRowContext(ctx, "SELECT sqlite_version(), user_version, journal_mode "+
		"FROM pragma_user_version, pragma_journal_mode").Scan(&h.SQLite, &h.Schema, &h.Journal)
	if err != nil {
		return h, explain(l.path, err)
	}
	const sums = `SELECT 'the summary has ' || coalesce(s.files, 0) || ' files of ' || f.date_prefix || ' that are ' ||
			f.status || ', the rows are ' || f.n
		FROM (SELECT date_prefix, status, count(*) AS n, sum(size_bytes) AS bytes, sum(rows) AS rows
			FROM file_tracking GROUP BY date_prefix, status) AS f
		LEFT JOIN summary AS s USING (date_prefix, status)
		WHERE s.files IS NULL OR s.files <> f.n OR s.bytes <> f.bytes OR s.rows <> f.rows`
	for _, check := range []string{fmt.Sprintf("PRAGMA integrity_check(%d)", mostProblems), sums} {
		rows, err := l.reader.QueryContext(ctx, check)
		found, err := collect(rows, err, func(row interface{ Scan(...any) error }) (text string, err error) {
			return text, row.Scan(&text)
		})
		if err != nil {
			return h, explain(l.path, err)
		}
		for _, text := range found {
			if text != "ok" && len(h.Problems) < mostProblems {
				h.Problems = append(h.Problems, text)
			}
		}
	}
	return h, nil
}
