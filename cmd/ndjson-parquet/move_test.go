package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/objectstore"
	"ndjson-parquet/internal/objectstore/open"
	"ndjson-parquet/internal/objectstore/s3store"
	"ndjson-parquet/internal/pipeline"
	"ndjson-parquet/internal/report"
	"ndjson-parquet/internal/testenv"
)

// TestARootNeedsNoFlagAgain processes files of a bucket into a bucket once with all flags, and then
// works with --root alone.
func TestARootNeedsNoFlagAgain(t *testing.T) {
	testenv.VersityGW(t).Setenv(t)
	client, err := s3store.NewClient(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	bucket := "remembered"
	if _, err := client.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: &bucket}); err != nil {
		t.Fatal(err)
	}
	put := func(prefix, key, content string) {
		t.Helper()
		store, err := open.Existing(t.Context(), "s3://"+bucket+"/"+prefix)
		if err == nil {
			_, err = objectstore.PutBytes(t.Context(), store, key, []byte(content))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	const first, second = "2025-01-17-a.ndjson", "2025-01-17-b.ndjson"
	put("in", first, records("a", 3)+"not json\n")
	s := newSite(t)
	s.input = "s3://" + bucket + "/in"
	s.run(cli.ExitIncomplete, "--output", "s3://"+bucket+"/out", "--compression", "zstd")

	if status := s.want(cli.ExitDone, "status").stdout; !strings.Contains(status, "s3://"+bucket+"/out") {
		t.Errorf("status does not name the output: %s", status)
	}
	if why := s.want(cli.ExitDone, "why", first).stdout; !strings.Contains(why,
		"s3://"+bucket+"/out/merged-parquet-2025-01-17/part-") {
		t.Errorf("why does not name the Parquet: %s", why)
	}
	s.want(cli.ExitDone, "verify")
	put("in", second, records("b", 2))
	got := decode[report.Summary](t, s.want(cli.ExitDone, "run", "--json").stdout)
	if got.Rows != 2 || len(got.Outputs) != 1 || !strings.HasPrefix(got.Outputs[0].Path, "s3://"+bucket+"/out/") ||
		!strings.HasSuffix(got.Outputs[0].Path, ".zstd.parquet") {
		t.Errorf("run without a flag: %+v", got)
	}

	for _, flags := range [][]string{{"--output", "s3://" + bucket + "/elsewhere"}, {"--manifests", t.TempDir()},
		{"--compression", "snappy"}} {
		r := s.want(cli.ExitUsage, append([]string{"run"}, flags...)...)
		if !strings.Contains(r.stderr, "ndjson-parquet move --root "+s.root+" "+flags[0]) {
			t.Errorf("%v: the message does not say how to move: %s", flags, r.stderr)
		}
	}

	// A copy of the output is a place to move to; an empty one is not.
	s.want(cli.ExitIncomplete, "move", "--output", "s3://"+bucket+"/moved")
	output, err := open.Existing(t.Context(), "s3://"+bucket+"/out")
	if err != nil {
		t.Fatal(err)
	}
	for o, err := range output.List(t.Context(), "", "") {
		if err != nil {
			t.Fatal(err)
		}
		content, _, err := output.Get(t.Context(), o.Key)
		if err != nil {
			t.Fatal(err)
		}
		put("moved", o.Key, string(content))
	}
	s.want(cli.ExitDone, "move", "--output", "s3://"+bucket+"/moved")
	s.want(cli.ExitDone, "verify")
	if f := s.ledgerFiles()[second]; f.Status != pipeline.Completed {
		t.Errorf("%s is %s after the move", second, f.Status)
	}
	if status := s.want(cli.ExitDone, "status").stdout; !strings.Contains(status, "s3://"+bucket+"/moved") {
		t.Errorf("status does not name the new output: %s", status)
	}
}

// TestAnInputMayDiffer processes two directories into one root. The first stays the default, and
// repairs need neither.
func TestAnInputMayDiffer(t *testing.T) {
	s := newSite(t)
	s.put("2025-01-17-a.ndjson", records("a", 2))
	s.run(cli.ExitDone)
	other := t.TempDir()
	s.putIn(other, "2025-01-17-b.ndjson", records("b", 3))
	if got := decode[report.Summary](t, s.want(cli.ExitDone, "run", other, "--settle", "0s",
		"--json").stdout); got.Rows != 3 {
		t.Errorf("the second input: %+v", got)
	}
	s.put("2025-01-17-c.ndjson", records("c", 4))
	if got := decode[report.Summary](t, s.want(cli.ExitDone, "run", "--settle", "0s", "--json").stdout); got.Rows != 4 {
		t.Errorf("run without an input: %+v", got)
	}
	for _, path := range []string{filepath.Join(other, "2025-01-17-b.ndjson"),
		filepath.Join(s.input, "2025-01-17-c.ndjson")} {
		s.want(cli.ExitDone, "why", path)
	}
	if err := os.RemoveAll(s.input); err != nil {
		t.Fatal(err)
	}
	s.want(cli.ExitDone, "flush", "2025-01-17")
	s.want(cli.ExitDone, "verify")
	if r := s.want(cli.ExitFailed, "run"); !strings.Contains(r.stderr, s.input) {
		t.Errorf("run without its input: %s", r.stderr)
	}
	s.want(cli.ExitDone, "move", "--input", other)
	s.want(cli.ExitDone, "run", "--settle", "0s")
	s.want(cli.ExitUsage, "move")
}
