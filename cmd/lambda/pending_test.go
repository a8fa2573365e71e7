package main

import (
	"fmt"
	"maps"
	"reflect"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"ndjson-parquet/internal/cost"
	"ndjson-parquet/internal/pipeline"
)

// TestC43_RequestsDoNotGrowWithThePending counts the requests of an arrival, a claim and a sweep
// when ten files of the date are pending, and when 100,000 are.
func TestC43_RequestsDoNotGrowWithThePending(t *testing.T) {
	w := newWire(t)
	f := w.functions(t, "manifest-builder", "sweeper")
	client := dynamodb.NewFromConfig(f["sweeper"].wiring.SDK)
	const first = "2025-01-17-pending-000000.ndjson"
	if _, err := f["sweeper"].wiring.Ledger.Admit(t.Context(),
		pipeline.AdmitRequest{Now: noon(day), File: pipeline.File{
			DatePrefix: day, Key: first, Path: "s3://input/pipeline/input/" + first, Size: 3_500_000,
			Status: pipeline.Pending,
		}}); err != nil {
		t.Fatal(err)
	}
	row, err := client.GetItem(t.Context(),
		&dynamodb.GetItemInput{TableName: aws.String("tracking"), Key: map[string]types.AttributeValue{
			"date_prefix": &types.AttributeValueMemberS{Value: day},
			"file_key":    &types.AttributeValueMemberS{Value: first},
		}})
	if err != nil || len(row.Item) == 0 {
		t.Fatal(row, err)
	}
	// Another worker claims this date and does not finish, so that arrivals stay pending.
	hold := func(until time.Time) {
		t.Helper()
		if _, err := client.PutItem(t.Context(),
			&dynamodb.PutItemInput{TableName: aws.String("tracking"), Item: map[string]types.AttributeValue{
				"date_prefix": &types.AttributeValueMemberS{Value: "LOCK#manifest-" + day},
				"file_key":    &types.AttributeValueMemberS{Value: "LOCK"},
				"lock_id":     &types.AttributeValueMemberS{Value: "another"},
				"ttl":         &types.AttributeValueMemberN{Value: fmt.Sprint(until.Unix())},
			}}); err != nil {
			t.Fatal(err)
		}
	}
	counted := func(do func() error) cost.Run {
		t.Helper()
		w.reset("", 0)
		if err := do(); err != nil {
			t.Fatal(err)
		}
		w.mu.Lock()
		defer w.mu.Unlock()
		return cost.Run{Requests: w.run.Clone().Requests, ReadUnits: w.run.ReadUnits, WriteUnits: w.run.WriteUnits}
	}
	arrivals := 0
	steps := map[string]func() error{
		"an arrival": func() error {
			arrivals++
			hold(noon(day).Add(time.Hour))
			w.reset("", 0)
			out, err := manifestBuilder{f["manifest-builder"]}.handle(t.Context(),
				events.SQSEvent{Records: w.deliver(t, day, fmt.Sprint("arrives-", arrivals), 1)})
			if err == nil && len(out.BatchItemFailures) > 0 {
				err = fmt.Errorf("handed back: %+v", out)
			}
			return err
		},
		"a claim": func() error {
			hold(noon(day).Add(-time.Hour))
			w.reset("", 0)
			_, files, err := f["sweeper"].wiring.Ledger.Claim(t.Context(), pipeline.ClaimRequest{
				Date: day, Max: 10, Min: 10, Owner: "tester", LeaseTTL: time.Minute, Now: noon(day),
				ManifestPath: func(id pipeline.BatchID) string { return string(id) },
			})
			if err == nil && len(files) != 10 {
				err = fmt.Errorf("%d files were claimed", len(files))
			}
			return err
		},
		"a sweep": func() error {
			hold(noon(day).Add(time.Hour))
			w.reset("", 0)
			_, err := sweeper{f["sweeper"]}.handle(t.Context(), sweepRequest{})
			return err
		},
	}
	fill(t, client, row.Item, 1, 30)
	for name, do := range steps { // once for requests that only the first call of a process makes
		if err := do(); err != nil {
			t.Fatal(name, err)
		}
	}
	few := map[string]cost.Run{}
	for name, do := range steps {
		few[name] = counted(do)
	}
	fill(t, client, row.Item, 30, 100_000)
	for name, do := range steps {
		many := counted(do)
		if !reflect.DeepEqual(few[name], many) {
			t.Errorf("%s\nwith few files pending   %+v\nwith 100,000 of the date %+v", name, few[name], many)
		}
		if many.Requests["sqs"] != nil || len(many.Requests["dynamodb"]) == 0 {
			t.Errorf("%s: %+v", name, many)
		}
		t.Logf("%s: %v, %g read and %g write units", name, many.Requests, many.ReadUnits, many.WriteUnits)
	}
}

// fill writes the rows with the numbers in a range, like a given pending row.
func fill(t *testing.T, client *dynamodb.Client, like map[string]types.AttributeValue, from, to int) {
	t.Helper()
	const atOnce = 25 // the limit of a request
	group, ctx := errgroup.WithContext(t.Context())
	group.SetLimit(8)
	for n := from; n < to; n += atOnce {
		var writes []types.WriteRequest
		for i := n; i < min(n+atOnce, to); i++ {
			row := maps.Clone(like)
			row["file_key"] = &types.AttributeValueMemberS{Value: fmt.Sprintf("2025-01-17-pending-%06d.ndjson", i)}
			row["created_at"] = &types.AttributeValueMemberS{
				Value: noon(day).Add(time.Duration(i) * time.Millisecond).Format(pipeline.LedgerTimeLayout)}
			writes = append(writes, types.WriteRequest{PutRequest: &types.PutRequest{Item: row}})
		}
		group.Go(func() error {
			out, err := client.BatchWriteItem(ctx,
				&dynamodb.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{"tracking": writes}})
			if err == nil && len(out.UnprocessedItems) > 0 {
				err = fmt.Errorf("%d rows were not written", len(out.UnprocessedItems["tracking"]))
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
}
