package web

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"ndjson-parquet/internal/pipeline"
)

func TestMetrics(t *testing.T) {
	s := newSite(t, nil)
	_, text := s.get("/metrics", nil)
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil || len(problems) > 0 {
		t.Errorf("%v %v", problems, err)
	}
	summary, err := s.home.Ledger.Summary(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	files := map[pipeline.Status]int{}
	var counts pipeline.Counts
	for _, d := range summary {
		for status, n := range d.Files {
			files[status] += n
		}
		counts.Add(d.Counts)
	}
	for name, want := range map[string]float64{
		`files{status="completed"}`:           float64(files[pipeline.Completed]),
		`files{status="quarantined"}`:         float64(files[pipeline.Quarantined]),
		`files{status="processing"}`:          0,
		`files_ended_total{outcome="failed"}`: float64(files[pipeline.Failed]),
		`backlog_files`:                       float64(files[pipeline.Pending]),
		`rows_total`:                          float64(counts.Rows),
		`rejected_lines_total`:                float64(counts.Rejected),
		`rescued_values_total`:                float64(counts.Rescued),
		`dead_letters`:                        1,
	} {
		if got, ok := metric(text, name); !ok || got != want {
			t.Errorf("%s is %v (%v), want %v", name, got, ok, want)
		}
	}
	if files[pipeline.Failed] != 3 || files[pipeline.Pending] != 2 || counts.Rejected == 0 || counts.Rescued == 0 {
		t.Errorf("the data is not what this test needs: %v %+v", files, counts)
	}
	if lag, _ := metric(text, "lag_seconds"); lag <= 0 {
		t.Errorf("the lag is %v with files pending", lag)
	}
	// A batch is observed when it ends, and once.
	if _, err := s.server.Changer.Flush(t.Context(), s.today()); err != nil {
		t.Fatal(err)
	}
	s.wait()
	for range 2 {
		_, text = s.get("/metrics", nil)
		if n, _ := metric(text, `batch_step_duration_seconds_count{step="all"}`); n != 1 {
			t.Errorf("%v batches observed, want 1", n)
		}
	}
	if lag, _ := metric(text, "lag_seconds"); lag != 0 {
		t.Errorf("the lag is %v with nothing pending", lag)
	}
}

// metric reads a value out of the text format.
func metric(text, name string) (float64, bool) {
	m := regexp.MustCompile(`(?m)^ndjson_parquet_` + regexp.QuoteMeta(name) + ` (\S+)$`).FindStringSubmatch(text)
	if m == nil {
		return 0, false
	}
	v, err := strconv.ParseFloat(m[1], 64)
	return v, err == nil
}
