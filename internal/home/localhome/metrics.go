package localhome

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"ndjson-parquet/internal/ledger/sqliteledger"
)

const (
	metricsEvery = time.Second         // between writes to the table
	metricsKeep  = 90 * 24 * time.Hour // life of a row
)

// metrics implements pipeline.Metrics: it adds values up in memory and writes them to the ledger's
// metrics table now and then, so that counting never waits.
type metrics struct {
	ledger *sqliteledger.Ledger
	now    func() time.Time
	log    *slog.Logger

	mu     sync.Mutex
	counts map[string]float64

	stop chan struct{}
	done chan struct{}
}

func newMetrics(ledger *sqliteledger.Ledger, now func() time.Time, log *slog.Logger) *metrics {
	m := &metrics{ledger: ledger, now: now, log: log, counts: map[string]float64{}, stop: make(chan struct{}),
		done: make(chan struct{})}
	go func() {
		defer close(m.done)
		tick := time.NewTicker(metricsEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				m.write()
			case <-m.stop:
				m.write()
				return
			}
		}
	}()
	return m
}

// Count implements pipeline.Metrics.
func (m *metrics) Count(_ context.Context, metric string, value float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.counts[metric] += value
}

func (m *metrics) write() {
	m.mu.Lock()
	counts := m.counts
	m.counts = map[string]float64{}
	m.mu.Unlock()
	now := m.now()
	var rows []sqliteledger.Metric
	for metric, value := range counts {
		if value != 0 {
			rows = append(rows, sqliteledger.Metric{Type: metric, Time: now, Value: value})
			m.log.Debug("metric", "metric", metric, "value", value)
		}
	}
	if len(rows) == 0 {
		return
	}
	if err := m.ledger.AddMetrics(context.Background(), metricsKeep, now, rows...); err != nil {
		m.log.Warn("metrics could not be written", "error", err)
	}
}

// close writes what is left.
func (m *metrics) close() {
	close(m.stop)
	<-m.done
}
