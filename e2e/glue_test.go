package e2e

import (
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/glue"
	gluetypes "github.com/aws/aws-sdk-go-v2/service/glue/types"
)

// Batches of ten files are large enough for Glue; that of the two files left is not.
const betweenTenAndTwoFiles = 512 << 10

// The Glue job and the function take turns on one date: the same rows, side by side. All runs that
// Glue allows at a time are taken at first.
func TestGlueJob(t *testing.T) {
	w := newWorld(t, settings{glueMinBytes: betweenTenAndTwoFiles, variables: heldOpen})
	date := over()
	var refused atomic.Int32
	w.setIntercept(func(rw http.ResponseWriter, r *http.Request) bool {
		if !calls(r, "StartJobRun") || refused.Add(1) > 2 {
			return false
		}
		refuse(rw, http.StatusBadRequest, "ConcurrentRunsExceededException")
		return true
	})
	w.putFiles(t, date, 0, 10)
	w.logLatency(t)
	w.waitFor(t, date, map[string]int{"completed": 10})
	w.executions(t, "SUCCEEDED", 1)
	w.checkOutput(t, date, upTo(10)...)
	w.checkBatches(t, date, "glue", "10000")

	runs := w.jobRuns(t)
	if len(runs) != 1 || w.batch(t, date)["glue_job_run_id"] != *runs[0].Id {
		t.Fatalf("runs of the job: %+v, in the ledger %v", runs, w.batch(t, date))
	}
	for name, want := range map[string]string{
		"--MANIFEST_PATH": w.batch(t, date)["manifest_path"], "--MANIFEST_BUCKET": w.manifests,
		"--OUTPUT_BUCKET": w.output, "--COMPRESSION_TYPE": "snappy",
	} {
		if got := runs[0].Arguments[name]; got != want {
			t.Errorf("the job's argument %s: %q, want %q", name, got, want)
		}
	}

	w.putFiles(t, date, 10, 12)
	w.handed(t, 12)
	w.sweep(t, "sweep")
	w.waitFor(t, date, map[string]int{"completed": 12})
	w.executions(t, "SUCCEEDED", 2)
	w.checkOutput(t, date, upTo(12)...)
	w.checkBatches(t, date, "glue", "10000", "native", "2000")
	w.checkMetrics(t, map[string]float64{
		"FilesAdmitted": 12, "BatchesStarted": 2, "BatchesCompleted": 2, "Rows": 12000, "BytesIn": bytesOf(12),
	})
	w.checkQuiet(t)
}

func (w *world) jobRuns(t *testing.T) []gluetypes.JobRun {
	t.Helper()
	out, err := w.glue.GetJobRuns(t.Context(), &glue.GetJobRunsInput{JobName: &w.job})
	if err != nil {
		t.Fatal(err)
	}
	return out.JobRuns
}

// Spark cannot write the commit record, when its Parquet is in place. The batch is retried when it
// can.
func TestC10_C22_GlueJobFailsThenRetried(t *testing.T) {
	w := newWorld(t, settings{glueMinBytes: betweenTenAndTwoFiles})
	date := today()
	w.setIntercept(func(rw http.ResponseWriter, r *http.Request) bool {
		if !puts(r, "/_commits/") {
			return false
		}
		deny(rw)
		return true
	})
	w.failsWithAlert(t, date, "Glue job", "AccessDenied")
	if runs := w.jobRuns(t); len(runs) != 1 || runs[0].JobRunState != "FAILED" {
		t.Errorf("runs of the job: %+v", runs)
	}
	if keys := w.outputKeys(t, date); len(keys) != 1 {
		t.Errorf("in the output: %v, want the Parquet that was not committed", keys)
	}
	w.intercept.Store(nil)

	w.retry(t, date)
	w.waitFor(t, date, map[string]int{"completed": 10})
	w.ended(t, map[string]int{"FAILED": 1, "SUCCEEDED": 1})
	w.checkOutput(t, date, upTo(10)...)
	w.checkBatches(t, date, "glue", "10000")
	w.checkQuiet(t)
}

func TestGlueJobCannotStart(t *testing.T) {
	w := newWorld(t, settings{glueMinBytes: betweenTenAndTwoFiles})
	if _, err := w.glue.DeleteJob(t.Context(), &glue.DeleteJobInput{JobName: &w.job}); err != nil {
		t.Fatal(err)
	}
	w.failsWithAlert(t, today(), "Glue job", w.job)
}

// A job that succeeds and writes nothing has failed: there is no commit record.
func TestGlueJobLeavesNoCommit(t *testing.T) {
	w := newWorld(t, settings{glueMinBytes: betweenTenAndTwoFiles})
	w.runJob = func(map[string]string) error { return nil }
	w.failsWithAlert(t, today(), "Conversion", "has no commit record")
	if runs := w.jobRuns(t); len(runs) != 1 || runs[0].JobRunState != "SUCCEEDED" {
		t.Errorf("runs of the job: %+v", runs)
	}
}
