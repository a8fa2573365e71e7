package main

import (
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/objectstore/s3store"
)

func TestDoctorOnAWS(t *testing.T) {
	d := deploy(t)
	all := d.doctor(cli.ExitIncomplete) // no queue feeds the function yet
	wantFinding(t, all, "configuration", "credentials", home.Fine)
	wantFinding(t, all, "configuration", "settings", home.Fine)
	wantFinding(t, all, "reachability", "function manifest-builder", home.Fine)
	wantFinding(t, all, "reachability", "function converter", home.Problem) // this deployment has no other function
	wantFinding(t, all, "reachability", "state machine", home.Fine)
	wantFinding(t, all, "reachability", "queue", home.Problem)
	wantFinding(t, all, "reachability", "alerts", home.Warning)
	wantFinding(t, all, "reachability", "ledger", home.Fine)
	wantFinding(t, all, "reachability", "output", home.Fine)
	wantFinding(t, all, "clock", "AWS", home.Fine)
	// The server that imitates AWS does not simulate policies.
	wantFinding(t, all, "permissions", "manifest-builder", home.NotChecked)
	wantFinding(t, all, "work", "batches", home.Fine)

	d.arrive("2025-01-17-a.ndjson", records("a", 2))
	batch := d.started("flush", "2025-01-17")[0]
	if err := d.functions.Pipeline.Fail(t.Context(), batch, "lambda", errors.New("out of memory")); err != nil {
		t.Fatal(err)
	}
	failed := wantFinding(t, d.doctor(cli.ExitIncomplete), "work", "batch "+string(batch), home.Problem)
	if want := "ndjson-parquet retry " + string(batch) + " --root aws"; failed.Fix != want ||
		!strings.Contains(failed.Detail, "out of memory") {
		t.Errorf("got %+v, want the fix %q", failed, want)
	}

	client, err := s3store.NewClient(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	bucket := "output"
	if _, err := client.DeleteBucket(t.Context(), &s3.DeleteBucketInput{Bucket: &bucket}); err != nil {
		t.Fatal(err)
	}
	wantFinding(t, d.doctor(cli.ExitIncomplete), "reachability", "output", home.Problem)
}
