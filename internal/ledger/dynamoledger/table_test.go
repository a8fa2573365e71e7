package dynamoledger

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"ndjson-parquet/internal/pipeline"
	"ndjson-parquet/internal/testenv"
)

// unlimited lets a client retry as often as it is configured to. The SDK would stop when most
// requests fail.
type unlimited struct{}

func (unlimited) GetToken(context.Context, uint) (func() error, error) {
	return func() error { return nil }, nil
}
func (unlimited) AddTokens(uint) error { return nil }

func TestC43_RequestsOfAnArrivalDoNotGrowWithThePending(t *testing.T) {
	testenv.SharedDynamoDBLocal(t).Setenv(t)
	var f traffic
	l := newTable(t, f.install)
	requests := func(do func() error) string {
		t.Helper()
		f.reset(nil)
		if err := do(); err != nil {
			t.Fatal(err)
		}
		return strings.Join(f.operations(), " ")
	}
	next := 0
	arrive := func() error { next++; _, err := l.Admit(t.Context(), request(day, next)); return err }
	claim := func(least int) func() error {
		return func() error {
			_, _, err := l.Claim(t.Context(), claimRequest(day, least, max(least, 10), at(10)))
			return err
		}
	}
	if err := arrive(); err != nil { // the first of a date in a process also registers the date
		t.Fatal(err)
	}
	for _, pending := range []int{10, 1000} {
		admitAll(t, l, day, next+1, pending)
		next = max(next, pending)
		for _, c := range []struct {
			what string
			do   func() error
			want string
		}{
			{"arrival", arrive, "PutItem"},
			{"the same arrival again", func() error { next--; return arrive() }, "PutItem"},
			{"claim that finds enough", claim(10), "Query PutItem Query GetItem TransactWriteItems DeleteItem"},
		} {
			awaitIndex(t, l)
			if got := requests(c.do); got != c.want {
				t.Errorf("with %d pending, %s makes the requests %s, want %s", pending, c.what, got, c.want)
			}
		}
	}
	few := claimRequest(day, 5000, 5000, at(10))
	few.Date = "2025-01-18"
	if _, err := l.Admit(t.Context(), request(few.Date, 1)); err != nil {
		t.Fatal(err)
	}
	if got := requests(func() error { _, _, err := l.Claim(t.Context(), few); return err }); got != "Query" {
		t.Errorf("a claim that finds too few makes the requests %s, want Query", got)
	}
}

// TestC7_KnownFilesAreLookedUpInStretches checks that a lookup of a thousand known files of a date
// costs one request, and that a few of a date's many files are looked up by their keys.
func TestC7_KnownFilesAreLookedUpInStretches(t *testing.T) {
	testenv.SharedDynamoDBLocal(t).Setenv(t)
	var f traffic
	l := newTable(t, f.install)
	const there = 1000
	admitAll(t, l, day, 0, there)
	for _, c := range []struct {
		every, unseen int
		requests      string
	}{
		{1, 0, "Query"},
		{3, 0, "Query"},
		{1, 5, "Query BatchGetItem"},
		{20, 0, "Query BatchGetItem"},
		{200, 0, "BatchGetItem"},
	} {
		var files []pipeline.File
		for i := 0; i < there; i += c.every {
			files = append(files, request(day, i).File)
		}
		for i := range c.unseen {
			files = append(files, request(day, there+i).File)
		}
		f.reset(nil)
		unseen, err := l.Unseen(t.Context(), files)
		if err != nil || len(unseen) != c.unseen {
			t.Errorf("every %d. and %d unseen: %d unseen, %v", c.every, c.unseen, len(unseen), err)
		}
		if got := strings.Join(f.operations(), " "); got != c.requests {
			t.Errorf("every %d. and %d unseen: the requests %s, want %s", c.every, c.unseen, got, c.requests)
		}
	}
}

// awaitIndex waits until the pending index has the rows of the table: a claim that meets a lagging
// index queries it again.
func awaitIndex(t *testing.T, l *Ledger) {
	t.Helper()
	for range 100 {
		summary, err := l.Summary(t.Context(), day)
		if err != nil {
			t.Fatal(err)
		}
		indexed, err := l.pending(t.Context(), claimRequest(day, 1, 5000, at(10)), nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(indexed) == summary[0].Files[pipeline.Pending] {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatal("the index does not catch up with the table")
}

func TestRowsExpireOnlyWhenWorkIsOver(t *testing.T) {
	testenv.SharedDynamoDBLocal(t).Setenv(t)
	l := newTable(t)
	ttl := func(k item) int64 {
		t.Helper()
		row, err := l.get(t.Context(), k)
		if err != nil || row == nil {
			t.Fatalf("row %v: %v", row, err)
		}
		return row.number("ttl")
	}
	admitAll(t, l, day, 0, 1)
	file := key(day, request(day, 0).File.Key)
	want := func(what string, k item, want int64) {
		t.Helper()
		if got := ttl(k); got != want {
			t.Errorf("%s: ttl is %d, want %d", what, got, want)
		}
	}
	want("pending file", file, 0)
	b, _, err := l.Claim(t.Context(), claimRequest(day, 1, 1, at(10)))
	if err != nil {
		t.Fatal(err)
	}
	want("manifested file", file, 0)
	want("manifested batch", batchKey(b.ID), 0)
	settle := func(s pipeline.Status, now time.Time) {
		t.Helper()
		if _, err := l.Settle(t.Context(), pipeline.Settlement{ID: b.ID, Status: s, Now: now}); err != nil {
			t.Fatal(err)
		}
	}
	settle(pipeline.Failed, at(11))
	want("failed file", file, at(11).Add(l.rowTTL).Unix())
	if _, err := l.Retry(t.Context(), b.ID, at(12)); err != nil {
		t.Fatal(err)
	}
	want("retried file", file, 0)
	want("retried batch", batchKey(b.ID), 0)
	settle(pipeline.Completed, at(13))
	want("completed file", file, at(13).Add(l.rowTTL).Unix())
	want("completed batch", batchKey(b.ID), at(13).Add(l.rowTTL).Unix())

	l.rowTTL = 0
	other := request("2025-01-18", 1)
	other.File.Status, other.File.Reason = pipeline.Quarantined, pipeline.ReasonTooSmall
	if _, err := l.Admit(t.Context(), other); err != nil {
		t.Fatal(err)
	}
	want("without a ttl", key(other.File.DatePrefix, other.File.Key), 0)
}

// The id of the Glue job's run stays in the batch's row, and file rows have the attributes that
// only this ledger writes.
func TestJobRunStays(t *testing.T) {
	testenv.SharedDynamoDBLocal(t).Setenv(t)
	l := newTable(t)
	admitAll(t, l, day, 0, 2)
	b, _, err := l.Claim(t.Context(), claimRequest(day, 2, 2, at(10)))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := l.RecordAttempt(t.Context(), b.ID, at(12)); err != nil || got.Status != pipeline.Processing ||
		got.Attempts != 1 {
		t.Errorf("started: %+v: %v", got, err)
	}
	for range 2 { // the settler may be invoked twice
		if err := l.SetJobRun(t.Context(), b.ID, "jr_1"); err != nil {
			t.Fatal(err)
		}
		if _, err := l.Settle(t.Context(),
			pipeline.Settlement{ID: b.ID, Status: pipeline.Completed, Engine: "glue", Now: at(13)}); err != nil {
			t.Fatal(err)
		}
	}
	row, err := l.get(t.Context(), batchKey(b.ID))
	if err != nil {
		t.Fatal(err)
	}
	if row.text("glue_job_run_id") != "jr_1" || row.text("status") != "completed" || row.text("completed_time") == "" ||
		row.number("rev") != 4 {
		t.Errorf("row %v", row)
	}
	file, err := l.get(t.Context(), key(day, request(day, 0).File.Key))
	if err != nil || file.text("manifest_path") != b.ManifestPath || file["file_size_mb"] == nil {
		t.Errorf("file's row %v: %v", file, err)
	}
	if err := l.SetJobRun(t.Context(), pipeline.NewBatchID(day, 99, at(10)), "jr_2"); !errors.Is(err,
		pipeline.ErrNotFound) {
		t.Errorf("the run of a batch that does not exist: %v", err)
	}
}

func TestBatchesBeyond9999AreInOrder(t *testing.T) {
	testenv.SharedDynamoDBLocal(t).Setenv(t)
	l := newTable(t)
	counter := key(counterPrefix+day, counterKey)
	counter["num"] = number(9998)
	if _, err := l.client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: &l.table, Item: counter}); err != nil {
		t.Fatal(err)
	}
	admitAll(t, l, day, 0, 2)
	var want, got []pipeline.BatchID
	for i := range 2 {
		b, _, err := l.Claim(t.Context(), claimRequest(day, 1, 1, at(10)))
		if err != nil || b.ID != pipeline.NewBatchID(day, 9999+i, at(10)) {
			t.Fatalf("batch %q: %v", b.ID, err)
		}
		want = append(want, b.ID)
	}
	for b, err := range l.Batches(t.Context(), day) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, b.ID)
	}
	if !slices.Equal(got, want) {
		t.Errorf("batches %v, want %v", got, want)
	}
}

// TestClaim_OfVeryLongKeysFitsARow has keys so long that the list of a full batch would exceed the
// 400 KB of a row.
func TestClaim_OfVeryLongKeysFitsARow(t *testing.T) {
	testenv.SharedDynamoDBLocal(t).Setenv(t)
	l := newTable(t)
	const files = 420
	for i := range files {
		r := request(day, i)
		r.File.Key = strings.Repeat("x", 900) + r.File.Key
		if _, err := l.Admit(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	b, claimed, err := l.Claim(t.Context(), claimRequest(day, 1, files, at(10)))
	if err != nil {
		t.Fatal(err)
	}
	if len(claimed) < 200 || len(claimed) >= files || b.FileCount != len(claimed) {
		t.Errorf("claimed %d files, the batch says %d", len(claimed), b.FileCount)
	}
	rest(t, l, day)
	noOrphans(t, l, day, files)
}

func TestC18_Check_SaysWhyTheTableCannotBeUsed(t *testing.T) {
	testenv.SharedDynamoDBLocal(t).Setenv(t)
	l := newTable(t)
	if err := l.Check(t.Context()); err != nil {
		t.Errorf("a good table: %v", err)
	}
	says := func(l *Ledger, words ...string) {
		t.Helper()
		err := l.Check(t.Context())
		for _, w := range words {
			if err == nil || !strings.Contains(err.Error(), w) {
				t.Errorf("the error does not say %q: %v", w, err)
			}
		}
	}
	says(New(configOf(t), "no-such-table", 0), "no-such-table", "no such table", "AWS_REGION")

	old := Table("old-table")
	old.GlobalSecondaryIndexes = nil
	old.AttributeDefinitions = old.AttributeDefinitions[:2]
	if _, err := l.client.CreateTable(t.Context(), old); err != nil {
		t.Fatal(err)
	}
	says(New(configOf(t), "old-table", 0), "old-table", pendingIndex, "Terraform")

	away := configOf(t)
	away.BaseEndpoint = aws.String(fmt.Sprintf("http://127.0.0.1:%d", testenv.FreePort(t)))
	away.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
	says(New(away, "any", 0), "any", "refused")
	if _, err := New(away, "any", 0).Admit(t.Context(), request(day, 1)); err == nil {
		t.Error("admitted into a ledger that cannot be reached")
	}
}
