package dynamoledger

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"golang.org/x/sync/errgroup"

	"ndjson-parquet/internal/pipeline"
)

// Batch implements pipeline.Ledger.
func (l *Ledger) Batch(ctx context.Context, id pipeline.BatchID) (pipeline.Batch, []pipeline.File, error) {
	row, err := l.batchRow(ctx, id)
	if err != nil {
		return pipeline.Batch{}, nil, l.explain("read", err)
	}
	files, err := l.filesOf(ctx, row)
	return row.Batch, files, l.explain("read", err)
}

// Stale implements pipeline.Ledger. It reads the index of batches that have not ended and then each
// batch, which may have changed since.
func (l *Ledger) Stale(ctx context.Context, before, _ time.Time) iter.Seq2[pipeline.Batch, error] {
	return func(yield func(pipeline.Batch, error) bool) {
		fail := func(err error) { yield(pipeline.Batch{}, l.explain("read", err)) }
		for found, err := range l.query(ctx, dynamodb.QueryInput{
			IndexName: ptr(liveIndex), KeyConditionExpression: ptr("#live = :live AND #updated < :before"),
			ExpressionAttributeNames:  map[string]string{"#live": live, "#updated": updatedAt},
			ExpressionAttributeValues: item{":live": text(liveValue), ":before": text(timeText(before))},
		}) {
			if err != nil {
				fail(err)
				return
			}
			b, err := l.staleBatch(ctx, found, before)
			if err != nil {
				fail(err)
				return
			}
			if b.ID != "" && !yield(b, nil) {
				return
			}
		}
	}
}

// staleBatch returns the batch of an entry of the index of live batches; a zero batch if it is not
// stale. If it was claiming, it is finished first, which leaves its updated_at, so that it stays
// stale.
func (l *Ledger) staleBatch(ctx context.Context, found item, before time.Time) (pipeline.Batch, error) {
	id := found.batchID()
	row, err := l.batchRow(ctx, id)
	if err == nil && row.Status == pipeline.Claiming && row.UpdatedAt.Before(before) {
		if err = l.finish(ctx, id, row.UpdatedAt); err == nil {
			row, err = l.batchRow(ctx, id)
		}
	}
	if errors.Is(err, pipeline.ErrNotFound) {
		return pipeline.Batch{}, nil
	}
	if (row.Status == pipeline.Manifested || row.Status == pipeline.Processing) && row.UpdatedAt.Before(before) {
		return row.Batch, err
	}
	return pipeline.Batch{}, err
}

// dates returns the dates in the table in ascending order.
func (l *Ledger) dates(ctx context.Context) ([]string, error) {
	var dates []string
	for row, err := range l.query(ctx, dynamodb.QueryInput{
		ConsistentRead: aws.Bool(true), KeyConditionExpression: ptr("#p = :p"),
		ExpressionAttributeNames:  map[string]string{"#p": datePrefix},
		ExpressionAttributeValues: item{":p": text(datesPrefix)},
	}) {
		if err != nil {
			return nil, err
		}
		dates = append(dates, row.text(fileKey))
	}
	return dates, nil
}

// selected returns the dates that a query is about.
func (l *Ledger) selected(ctx context.Context, date string) ([]string, error) {
	if date != "" {
		return []string{date}, nil
	}
	return l.dates(ctx)
}

// atOnce is how many dates are queried at the same time.
const atOnce = 8

// PendingDates implements pipeline.Ledger. It reads one row of the index of pending files for each
// date in the table.
func (l *Ledger) PendingDates(ctx context.Context) ([]pipeline.PendingDate, error) {
	dates, err := l.dates(ctx)
	if err != nil {
		return nil, l.explain("read", err)
	}
	oldest := make([]time.Time, len(dates))
	work, ctx := errgroup.WithContext(ctx)
	work.SetLimit(atOnce)
	for i, date := range dates {
		if date == pipeline.Undated {
			continue
		}
		work.Go(func() error {
			for row, err := range l.query(ctx, dynamodb.QueryInput{
				IndexName: ptr(pendingIndex), Limit: ptr(int32(1)), KeyConditionExpression: ptr("#d = :d"),
				ExpressionAttributeNames:  map[string]string{"#d": pendingDate},
				ExpressionAttributeValues: item{":d": text(date)},
			}) {
				if err != nil {
					return err
				}
				oldest[i] = row.time(createdAt)
				break
			}
			return nil
		})
	}
	if err := work.Wait(); err != nil {
		return nil, l.explain("read", err)
	}
	var pending []pipeline.PendingDate
	for i, date := range dates {
		if !oldest[i].IsZero() {
			pending = append(pending, pipeline.PendingDate{Date: date, Oldest: oldest[i]})
		}
	}
	return pending, nil
}

// File implements pipeline.Ledger.
func (l *Ledger) File(ctx context.Context, date, name string) (pipeline.File, error) {
	row, err := l.get(ctx, key(date, name))
	if err != nil {
		return pipeline.File{}, l.explain("read", err)
	}
	if row == nil || !row.isFile() {
		return pipeline.File{}, pipeline.FileNotFound(date, name)
	}
	return row.file(), nil
}

// Versions implements pipeline.Ledger.
func (l *Ledger) Versions(ctx context.Context, date, name string) ([]pipeline.File, error) {
	first, err := l.File(ctx, date, name)
	if err != nil {
		return nil, err
	}
	var further []pipeline.File
	for row, err := range l.query(ctx, dynamodb.QueryInput{
		ConsistentRead: aws.Bool(true), KeyConditionExpression: ptr("#d = :d AND begins_with(#k, :k)"),
		ExpressionAttributeNames:  map[string]string{"#d": datePrefix, "#k": fileKey},
		ExpressionAttributeValues: item{":d": text(date), ":k": text(name + "#")},
	}) {
		if err != nil {
			return nil, l.explain("read", err)
		}
		if f := row.file(); f.IsFurther(name) {
			further = append(further, f)
		}
	}
	sortByArrival(further)
	return append([]pipeline.File{first}, further...), nil
}

// Files implements pipeline.Ledger. It reads whole dates.
func (l *Ledger) Files(ctx context.Context, date string, status pipeline.Status) iter.Seq2[pipeline.File, error] {
	return func(yield func(pipeline.File, error) bool) {
		dates, err := l.selected(ctx, date)
		if err != nil {
			yield(pipeline.File{}, l.explain("read", err))
			return
		}
		for _, d := range dates {
			for f, err := range l.FilesAfter(ctx, d, "", status) {
				if !yield(f, err) || err != nil {
					return
				}
			}
		}
	}
}

// FilesAfter implements pipeline.Ledger.
func (l *Ledger) FilesAfter(ctx context.Context, date, after string, status pipeline.Status) iter.Seq2[pipeline.File,
	error] {
	in := dynamodb.QueryInput{
		KeyConditionExpression: ptr("#d = :d"), FilterExpression: ptr("attribute_exists(#size)"),
		ExpressionAttributeNames:  map[string]string{"#d": datePrefix, "#size": "size_bytes"},
		ExpressionAttributeValues: item{":d": text(date)},
	}
	if after != "" { // a key value may not be empty
		in.KeyConditionExpression = ptr("#d = :d AND #k > :k")
		in.ExpressionAttributeNames["#k"] = fileKey
		in.ExpressionAttributeValues[":k"] = text(after)
	}
	if status != "" {
		in.FilterExpression = ptr("attribute_exists(#size) AND #status = :status")
		in.ExpressionAttributeNames["#status"] = "status"
		in.ExpressionAttributeValues[":status"] = text(string(status))
	}
	return func(yield func(pipeline.File, error) bool) {
		for row, err := range l.query(ctx, in) {
			if err != nil {
				yield(pipeline.File{}, l.explain("read", err))
				return
			}
			if !yield(row.file(), nil) {
				return
			}
		}
	}
}

// Batches implements pipeline.Ledger.
func (l *Ledger) Batches(ctx context.Context, date string) iter.Seq2[pipeline.Batch, error] {
	return func(yield func(pipeline.Batch, error) bool) {
		dates, err := l.selected(ctx, date)
		if err != nil {
			yield(pipeline.Batch{}, l.explain("read", err))
			return
		}
		for _, d := range dates {
			batches, err := l.batchesOf(ctx, d)
			if err != nil {
				yield(pipeline.Batch{}, l.explain("read", err))
				return
			}
			for _, b := range batches {
				if !yield(b, nil) {
					return
				}
			}
		}
	}
}

// LatestBatches implements pipeline.Ledger. It reads all batches of the date: the order of their
// keys is not that of their numbers.
func (l *Ledger) LatestBatches(ctx context.Context, date string) iter.Seq2[pipeline.Batch, error] {
	return func(yield func(pipeline.Batch, error) bool) {
		batches, err := l.batchesOf(ctx, date)
		if err != nil {
			yield(pipeline.Batch{}, l.explain("read", err))
			return
		}
		for _, b := range slices.Backward(batches) {
			if !yield(b, nil) {
				return
			}
		}
	}
}

// batchesOf returns the batches of a date by number. As text, 10000 would come before 9999.
func (l *Ledger) batchesOf(ctx context.Context, date string) ([]pipeline.Batch, error) {
	var batches []pipeline.Batch
	for row, err := range l.query(ctx, dynamodb.QueryInput{
		KeyConditionExpression:    ptr("#d = :d AND begins_with(#k, :k)"),
		FilterExpression:          ptr("attribute_exists(#count)"),
		ExpressionAttributeNames:  map[string]string{"#d": datePrefix, "#k": fileKey, "#count": "file_count"},
		ExpressionAttributeValues: item{":d": text(date), ":k": text(pipeline.RowKeyPrefix)},
	}) {
		if err != nil {
			return nil, err
		}
		b, err := row.batch()
		if err != nil {
			return nil, err
		}
		batches = append(batches, b.Batch)
	}
	num := func(b pipeline.Batch) int {
		digits, _, _ := strings.Cut(b.ID.Name(), "-")
		n, _ := strconv.Atoi(digits) // always digits: the key was made by the ledger
		return n
	}
	slices.SortStableFunc(batches, func(a, b pipeline.Batch) int { return cmp.Compare(num(a), num(b)) })
	return batches, nil
}

// Summary implements pipeline.Ledger. It reads whole dates.
func (l *Ledger) Summary(ctx context.Context, date string) ([]pipeline.DateSummary, error) {
	var dates []pipeline.DateSummary
	for f, err := range l.Files(ctx, date, "") {
		if err != nil {
			return nil, err
		}
		if n := len(dates); n == 0 || dates[n-1].Date != f.DatePrefix {
			dates = append(dates, pipeline.DateSummary{Date: f.DatePrefix, Files: map[pipeline.Status]int{}})
		}
		d := &dates[len(dates)-1]
		d.Files[f.Status]++
		d.Bytes += f.Size
		d.Add(f.Counts)
	}
	return dates, nil
}
