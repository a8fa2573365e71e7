package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/objectstore"
	"ndjson-parquet/internal/objectstore/open"
	"ndjson-parquet/internal/objectstore/s3store"
	"ndjson-parquet/internal/pipeline"
	"ndjson-parquet/internal/report"
	"ndjson-parquet/internal/testenv"
)

// TestEverythingInBuckets runs on a real S3 server with all places but the ledger in a bucket, and
// compares with what a run on directories gives.
func TestEverythingInBuckets(t *testing.T) {
	testenv.VersityGW(t).Setenv(t)
	client, err := s3store.NewClient(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	bucket := "pipeline"
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket}); err != nil {
		t.Fatal(err)
	}
	input, err := open.Existing(t.Context(), "s3://pipeline/in")
	if err != nil {
		t.Fatal(err)
	}
	paths, err := filepath.Glob(filepath.Join(examples, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err == nil {
			_, err = objectstore.PutBytes(t.Context(), input, filepath.Base(path), data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	local := newSite(t)
	local.input = examples
	want := local.run(cli.ExitIncomplete)

	s := newSite(t)
	s.input = "s3://pipeline/in"
	places := []string{"--output", "s3://pipeline/out/", "--manifests", "s3://pipeline/manifests", "--quarantine",
		"s3://pipeline/quarantine"}
	got := s.run(cli.ExitIncomplete, places...)
	if got.Rows != want.Rows || got.Rejected != want.Rejected || got.Rescued != want.Rescued || len(got.Outputs) != 2 ||
		got.Files[pipeline.Quarantined] != 1 {
		t.Errorf("buckets: %+v\ndirectories: %+v", got, want)
	}
	output, err := open.Existing(t.Context(), "s3://pipeline/out")
	if err != nil {
		t.Fatal(err)
	}
	for i, o := range got.Outputs {
		if !strings.HasPrefix(o.Path, "s3://pipeline/out/merged-parquet-2025-01-1") {
			t.Errorf("unexpected path %s", o.Path)
		}
		data, _, err := output.Get(t.Context(), o.Key)
		if err != nil {
			t.Fatal(err)
		}
		copied := filepath.Join(t.TempDir(), "copy.parquet")
		if err := os.WriteFile(copied, data, 0o644); err != nil {
			t.Fatal(err)
		}
		j := slices.IndexFunc(want.Outputs, func(w report.Output) bool { return w.Rows == o.Rows })
		if j < 0 || !slices.Equal(column(t, copied, "ts"), column(t, want.Outputs[j].Path, "ts")) {
			t.Errorf("output %d differs from that of a run on directories", i)
		}
	}
	if again := s.run(cli.ExitDone, places...); again.Batches != 0 {
		t.Errorf("a second run did something: %+v", again)
	}
	s.want(0, append([]string{"verify"}, places...)...)
	why := s.want(0, append([]string{"why", "2025-01-18-stock.csv"}, places...)...).stdout
	if !strings.Contains(why, "s3://pipeline/quarantine/files/2025-01-18/2025-01-18-stock.csv") {
		t.Errorf("why does not say where the file is kept: %s", why)
	}

	// What arrives later is found by listing.
	server := s.serve(append([]string{"--list-every", "100ms", "--max-files-per-manifest", "1"}, places...)...)
	if _, err := objectstore.PutBytes(t.Context(), input, "2025-01-19-late.ndjson",
		[]byte(records("late", 7))); err != nil {
		t.Fatal(err)
	}
	eventually(t, 20*time.Second, func() string {
		if f := s.ledgerFiles()["2025-01-19-late.ndjson"]; f.Status != pipeline.Completed {
			return "the late file is " + string(f.Status)
		}
		return ""
	})
	s.terminate(server)
	if !strings.Contains(server.log.String(), "batch completed") {
		t.Errorf("the log does not tell of the batch: %s", server.log.String())
	}
}
