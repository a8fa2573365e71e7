package docs

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// nameForm matches the definition of a metric.
var nameForm = regexp.MustCompile(`describe\("([a-z_]+)"|Name: +"([a-z_]+)"`)

// TestMetricsAreDocumented compares the metrics in the code with those of DASHBOARD.md, and checks
// that the alert rules and the Grafana dashboard use no others.
func TestMetricsAreDocumented(t *testing.T) {
	var defined, documented []string
	code := read(t, "internal/web/metrics.go")
	for _, m := range nameForm.FindAllStringSubmatch(code, -1) {
		defined = append(defined, "ndjson_parquet_"+m[1]+m[2])
	}
	rows := regexp.MustCompile("\\| `(ndjson_parquet_[a-z_]+)")
	for _, m := range rows.FindAllStringSubmatch(read(t, "docs/DASHBOARD.md"), -1) {
		documented = append(documented, m[1])
	}
	slices.Sort(defined)
	slices.Sort(documented)
	if !slices.Equal(defined, documented) {
		t.Errorf("the code defines %q, docs/DASHBOARD.md has %q", defined, documented)
	}
	for _, file := range []string{"docs/monitoring/alerts.yaml", "docs/monitoring/grafana.json"} {
		used := regexp.MustCompile(`ndjson_parquet_[a-z_]+`).FindAllString(read(t, file), -1)
		for _, name := range used {
			if !slices.Contains(defined, strings.TrimSuffix(name, "_bucket")) {
				t.Errorf("%s uses %s, which does not exist", file, name)
			}
		}
		if len(used) == 0 {
			t.Errorf("%s uses no metric", file)
		}
	}
	if !json.Valid([]byte(read(t, "docs/monitoring/grafana.json"))) {
		t.Error("docs/monitoring/grafana.json is not JSON")
	}
}
