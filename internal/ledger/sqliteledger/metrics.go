package sqliteledger

import (
	"context"
	"time"
)

// A Metric is a row of the metrics table.
type Metric struct {
	Type  string
	Time  time.Time // in whole seconds
	Value float64
}

// AddMetrics adds values to the metrics table, to be kept for the given time. Values of the same
// type and second add up. Rows whose time is over are deleted.
func (l *Ledger) AddMetrics(ctx context.Context, keep time.Duration, now time.Time, metrics ...Metric) error {
	const upsert = `INSERT INTO metrics (metric_type, timestamp, value, ttl) VALUES (?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET value = value + excluded.value, ttl = max(ttl, excluded.ttl)`
	return explain(l.path, l.writer.write(ctx, func(t *transaction) error {
		for _, m := range metrics {
			if _, err := t.exec(upsert, m.Type, m.Time.Unix(), m.Value, m.Time.Add(keep).Unix()); err != nil {
				return err
			}
		}
		_, err := t.exec("DELETE FROM metrics WHERE ttl < ?", now.Unix())
		return err
	}))
}

// Metrics returns the values of a type in the interval [from, until), oldest first.
func (l *Ledger) Metrics(ctx context.Context, kind string, from, until time.Time) ([]Metric, error) {
	const query = "SELECT timestamp, value FROM metrics WHERE metric_type = ? " +
		"AND timestamp >= ? AND timestamp < ? ORDER BY timestamp"
	rows, err := l.reader.QueryContext(ctx, query, kind, from.Unix(), until.Unix())
	metrics, err := collect(rows, err, func(row interface{ Scan(...any) error }) (Metric, error) {
		var seconds int64
		m := Metric{Type: kind}
		err := row.Scan(&seconds, &m.Value)
		m.Time = time.Unix(seconds, 0).UTC()
		return m, err
	})
	return metrics, explain(l.path, err)
}
