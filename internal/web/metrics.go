package web

import (
	"context"
	"net/http"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"ndjson-parquet/internal/buildinfo"
	"ndjson-parquet/internal/pipeline"
)

const namespace = "ndjson_parquet"

func describe(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prometheus.BuildFQName(namespace, "", name), help, labels, nil)
}

var (
	descFiles    = describe("files", "Files in the ledger by status.", "status")
	descBacklog  = describe("backlog_files", "Files that have not ended: pending, in a batch, or being converted.")
	descLag      = describe("lag_seconds", "Age of the oldest pending file, 0 without any.")
	descLetters  = describe("dead_letters", "Arrivals that could not be admitted.")
	descEnded    = describe("files_ended_total", "Files that have ended, by outcome.", "outcome")
	descRows     = describe("rows_total", "Rows published.")
	descLines    = describe("lines_total", "Lines read.")
	descRejected = describe("rejected_lines_total", "Lines rejected.")
	descRescued  = describe("rescued_values_total", "Values kept in _rescued_data.")
	descBytes    = describe("input_bytes_total", "Bytes of all files in the ledger, as stored.")
)

// ledgerCollector reads the ledger at each scrape. The sums are of the ledger's rows, so that they
// survive a restart; where rows expire, they fall, which Prometheus takes for a restart of the
// counter.
type ledgerCollector struct {
	server *Server
	steps  *prometheus.HistogramVec
	start  time.Time

	mu   sync.Mutex
	seen map[pipeline.BatchID]bool
}

// newMetrics returns the handler of /metrics.
func (s *Server) newMetrics() http.Handler {
	registry := prometheus.NewRegistry()
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Namespace: namespace, Name: "build_info", Help: "The program's version.",
		ConstLabels: prometheus.Labels{"version": buildinfo.Version()},
	})
	build.Set(1)
	c := &ledgerCollector{server: s, start: s.Now(), seen: map[pipeline.BatchID]bool{}}
	c.steps = prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Namespace: namespace, Name: "batch_step_duration_seconds",
		Help:    "Time that batches took, by step: wait (claim to start), convert (start to end), all.",
		Buckets: prometheus.ExponentialBuckets(0.01, 2.5, 12),
	}, []string{"step"})
	for _, step := range []string{"wait", "convert", "all"} {
		c.steps.WithLabelValues(step) // so that the series exists before the first batch
	}
	registry.MustRegister(
		build,
		c,
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return promhttp.HandlerFor(registry, promhttp.HandlerOpts{EnableOpenMetrics: true, MaxRequestsInFlight: 2})
}

// Describe implements prometheus.Collector.
func (c *ledgerCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		descFiles, descBacklog, descLag, descLetters, descEnded, descRows, descLines, descRejected,
		descRescued, descBytes,
	} {
		ch <- d
	}
	c.steps.Describe(ch)
}

// scrapeTimeout bounds the reading of the ledger for one scrape.
const scrapeTimeout = 10 * time.Second

// Collect implements prometheus.Collector.
func (c *ledgerCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
	defer cancel()
	o, err := c.server.overview(ctx)
	if err != nil {
		ch <- prometheus.NewInvalidMetric(descFiles, err)
		return
	}
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	counter := func(d *prometheus.Desc, v float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, v, labels...)
	}
	backlog := 0
	for _, status := range pipeline.Statuses {
		gauge(descFiles, float64(o.Files[status]), string(status))
		if status.Final() {
			counter(descEnded, float64(o.Files[status]), string(status))
		} else {
			backlog += o.Files[status]
		}
	}
	gauge(descBacklog, float64(backlog))
	lag := 0.0
	if oldest := o.OldestPending(); !oldest.IsZero() {
		lag = max(0, o.At.Sub(oldest).Seconds())
	}
	gauge(descLag, lag)
	gauge(descLetters, float64(o.Letters))
	counter(descRows, float64(o.Rows))
	counter(descLines, float64(o.Lines))
	counter(descRejected, float64(o.Rejected))
	counter(descRescued, float64(o.Rescued))
	counter(descBytes, float64(o.Bytes))
	c.observe(o.Batches)
	c.steps.Collect(ch)
}

// observe adds the batches that have ended since the first scrape's start to the histograms, each
// once.
func (c *ledgerCollector) observe(batches []pipeline.Batch) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, b := range batches {
		if !b.Status.Final() || b.EndedAt.Before(c.start) || b.StartedAt.IsZero() || c.seen[b.ID] {
			continue
		}
		c.seen[b.ID] = true
		c.steps.WithLabelValues("wait").Observe(b.StartedAt.Sub(b.CreatedAt).Seconds())
		c.steps.WithLabelValues("convert").Observe(b.EndedAt.Sub(b.StartedAt).Seconds())
		c.steps.WithLabelValues("all").Observe(b.EndedAt.Sub(b.CreatedAt).Seconds())
	}
}
