package sqliteledger

import (
	"context"

	"ndjson-parquet/internal/pipeline"
)

// sums are changes of the summary table. A transaction gathers them and writes them at its end: a
// few rows, however many files changed. So a summary of millions of files is one short query.
type sums map[sumKey]*sum

type sumKey struct {
	date   string
	status pipeline.Status
}

type sum struct {
	files, bytes int64
	pipeline.Counts
}

// add counts a file sign times.
func (s sums) add(f pipeline.File, sign int64) {
	key := sumKey{f.DatePrefix, f.Status}
	if s[key] == nil {
		s[key] = &sum{}
	}
	s[key].files += sign
	s[key].bytes += sign * f.Size
	s[key].Add(pipeline.Counts{
		Lines: sign * f.Lines, Rows: sign * f.Rows, Rejected: sign * f.Rejected, Blank: sign * f.Blank,
		Rescued: sign * f.Rescued,
	})
}

func (t *transaction) writeSums() error {
	const upsert = `INSERT INTO summary (date_prefix, status, files, bytes, lines, rows, rejected, blank, rescued)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET files = files + excluded.files, bytes = bytes + excluded.bytes,
		lines = lines + excluded.lines,
		rows = rows + excluded.rows, rejected = rejected + excluded.rejected,
		blank = blank + excluded.blank, rescued = rescued + excluded.rescued`
	for key, s := range t.sums {
		if *s == (sum{}) {
			continue
		}
		if _, err := t.exec(upsert, key.date, string(key.status), s.files, s.bytes, s.Lines, s.Rows, s.Rejected,
			s.Blank, s.Rescued); err != nil {
			return err
		}
	}
	return nil
}

// Summary implements pipeline.Ledger.
func (l *Ledger) Summary(ctx context.Context, date string) ([]pipeline.DateSummary, error) {
	const query = "SELECT date_prefix, status, files, bytes, lines, rows, rejected, blank, rescued FROM summary " +
		"WHERE files > 0 AND (?1 = '' OR date_prefix = ?1) " +
		"ORDER BY date_prefix"
	rows, err := l.reader.QueryContext(ctx, query, date)
	type row struct {
		sumKey
		sum
	}
	found, err := collect(rows, err, func(columns interface{ Scan(...any) error }) (r row, err error) {
		return r, columns.Scan(&r.date, &r.status, &r.files, &r.bytes, &r.Lines, &r.Rows, &r.Rejected, &r.Blank,
			&r.Rescued)
	})
	if err != nil {
		return nil, explain(l.path, err)
	}
	var dates []pipeline.DateSummary
	for _, r := range found {
		if n := len(dates); n == 0 || dates[n-1].Date != r.date {
			dates = append(dates, pipeline.DateSummary{Date: r.date, Files: map[pipeline.Status]int{}})
		}
		d := &dates[len(dates)-1]
		d.Files[r.status] = int(r.files)
		d.Bytes += r.bytes
		d.Add(r.Counts)
	}
	return dates, nil
}
