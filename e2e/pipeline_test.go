package e2e

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"ndjson-parquet/internal/awsports"
)

// heldOpen makes the manifest builder take dates that are over for today: it runs on the evening
// before, as it were, and the sweeper on the day after.
var heldOpen = map[string]map[string]string{"manifest-builder": {"FLUSH_GRACE_SECONDS": "864000"}}

// over is a date that has ended whatever the time of day.
func over() string { return time.Now().UTC().AddDate(0, 0, -2).Format(time.DateOnly) }

// The cost-optimized test: 12 files give exactly one execution, two files wait, and the next day's
// sweep flushes them.
func TestTwelveFiles(t *testing.T) {
	w := newWorld(t, settings{variables: heldOpen})
	date := over()
	w.putFiles(t, date, 0, 10)
	w.logLatency(t)
	w.putFiles(t, date, 10, 12)

	w.waitFor(t, date, map[string]int{"completed": 10, "pending": 2})
	w.executions(t, "SUCCEEDED", 1)
	w.checkOutput(t, date, upTo(10)...)
	w.checkBatches(t, date, "native", "10000")
	w.checkManifest(t, date)

	w.sweep(t, "sweep")
	w.waitFor(t, date, map[string]int{"completed": 12})
	w.executions(t, "SUCCEEDED", 2)
	w.sweep(t, "sweep")
	w.executions(t, "SUCCEEDED", 2)
	w.checkOutput(t, date, upTo(12)...)
	w.checkBatches(t, date, "native", "10000", "native", "2000")
	w.checkMetrics(t, map[string]float64{
		"FilesAdmitted": 12, "BatchesStarted": 2, "BatchesCompleted": 2, "Rows": 12000, "BytesIn": bytesOf(12),
	})
	w.checkQuiet(t)
}

// checkManifest checks that the manifest of a date's only batch lists the files that the ledger has
// for it, as fileLocations.
func (w *world) checkManifest(t *testing.T, date string) {
	t.Helper()
	path := w.batch(t, date)["manifest_path"]
	key, ok := strings.CutPrefix(path, "s3://"+w.manifests+"/")
	if !ok || !strings.HasPrefix(key, "manifests/"+date+"/batch-0001-") {
		t.Fatalf("the manifest's path: %s", path)
	}
	var manifest struct {
		FileLocations []struct{ URIPrefixes []string }
	}
	if err := json.Unmarshal(w.readFrom(t, w.manifests, key), &manifest); err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, row := range w.rows(t, date) {
		if strings.HasPrefix(row["file_key"], "MANIFEST#") {
			continue
		}
		if row["file_path"] != "s3://"+w.input+"/"+w.inputRoot+row["file_key"] || row["file_size_mb"] == "" ||
			row["created_at"] == "" {
			t.Errorf("the row of a file: %v", row)
		}
		if row["status"] == "completed" {
			want = append(want, row["file_path"])
			if row["manifest_path"] != path || row["ttl"] == "" {
				t.Errorf("the row of a file of the manifest %s: %v", path, row)
			}
		}
	}
	if len(manifest.FileLocations) != 1 {
		t.Fatalf("the manifest: %+v", manifest)
	}
	got := manifest.FileLocations[0].URIPrefixes
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("the manifest lists %v, the ledger %v", got, want)
	}
}

// bytesOf is the size of the first n files.
func bytesOf(n int) float64 {
	sum := 0
	for i := range n {
		sum += len(ndjson(i))
	}
	return float64(sum)
}

// logLatency waits for the first commit record and logs how long it took.
func (w *world) logLatency(t *testing.T) {
	t.Helper()
	tenth := time.Now()
	eventually(t, func() error {
		if w.committed.Load() == 0 {
			return errNotYet
		}
		return nil
	})
	t.Logf("from the tenth put to the commit record: %v",
		time.Unix(0, w.committed.Load()).Sub(tenth).Round(time.Millisecond))
}

// checkBatches checks a date's batches in the ledger, in their order: pairs of an engine and a
// number of rows.
func (w *world) checkBatches(t *testing.T, date string, want ...string) {
	t.Helper()
	var got []string
	for _, row := range w.rows(t, date) {
		if strings.HasPrefix(row["file_key"], "MANIFEST#") {
			got = append(got, row["engine"], row["rows"])
			if row["status"] != "completed" || row["completed_time"] == "" ||
				(row["engine"] == "glue") != (row["glue_job_run_id"] != "") {
				t.Errorf("the row of a batch: %v", row)
			}
		}
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("batches: %v, want %v", got, want)
	}
}

// checkMetrics checks sums of metrics, in the metrics table where they have rows, and in the
// functions' logs.
func (w *world) checkMetrics(t *testing.T, want map[string]float64) {
	t.Helper()
	embedded := map[string]float64{}
	for _, f := range w.functions {
		for line := range strings.Lines(f.log.String()) {
			var fields map[string]any
			if err := json.Unmarshal([]byte(line), &fields); err != nil {
				t.Errorf("%s logs what is not JSON: %s", f.name, line)
				continue
			}
			meta, isMetric := fields["_aws"].(map[string]any)
			if !isMetric {
				continue
			}
			definition := meta["CloudWatchMetrics"].([]any)[0].(map[string]any)
			if definition["Namespace"] != awsports.Namespace || fields["Environment"] != "dev" {
				t.Errorf("%s: embedded metric %s", f.name, line)
			}
			for _, m := range definition["Metrics"].([]any) {
				name := m.(map[string]any)["Name"].(string)
				embedded[name] += fields[name].(float64)
			}
		}
	}
	rows := w.counted(t)
	for _, f := range w.functions {
		if strings.Contains(f.log.String(), "metrics table was not written") {
			rows = want // a function does not wait for the table, and a busy emulator may be too slow
		}
	}
	for metric, value := range want {
		if embedded[metric] != value {
			t.Errorf("embedded metric %s: %v, want %v", metric, embedded[metric], value)
		}
		if rows[metric] != value {
			t.Errorf("rows of the metrics table for %s: %v, want %v", metric, rows[metric], value)
		}
	}
}

// checkQuiet checks that there was no alert, that nothing is in quarantine and that no message was
// given up.
func (w *world) checkQuiet(t *testing.T) {
	t.Helper()
	if alerts := w.alerted(t); len(alerts) > 0 {
		t.Errorf("alerts: %+v", alerts)
	}
	if keys := w.keys(t, w.quarantine, ""); len(keys) > 0 {
		t.Errorf("in quarantine: %v", keys)
	}
	if messages := w.peek(t, w.dead); len(messages) > 0 {
		t.Errorf("in the dead-letter queue: %v", messages)
	}
}
