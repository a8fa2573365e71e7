package dynamoledger

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ndjson-parquet/internal/pipeline"
)

// Limits of DynamoDB on one request.
const (
	maxTransaction = 100 // items
	maxBatchGet    = 100 // keys
)

// putIf writes a row under a condition. If the condition does not hold it returns false and the
// existing row, nil if there is none.
func (l *Ledger) putIf(ctx context.Context, row item, c condition) (bool, item, error) {
	_, err := l.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &l.table, Item: row, ConditionExpression: c.expression(), ExpressionAttributeNames: c.names,
		ExpressionAttributeValues:           c.values,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	var failed *types.ConditionalCheckFailedException
	switch {
	case err == nil:
		return true, nil, nil
	case !errors.As(err, &failed):
		return false, nil, err
	case len(failed.Item) > 0:
		return false, failed.Item, nil
	}
	there, err := l.get(ctx, key(row.text(datePrefix), row.text(fileKey)))
	return false, there, err
}

// deleteIf deletes a row under a condition. errContended if the condition does not hold.
func (l *Ledger) deleteIf(ctx context.Context, key item, c condition) error {
	_, err := l.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: &l.table, Key: key, ConditionExpression: c.expression(), ExpressionAttributeNames: c.names,
		ExpressionAttributeValues: c.values,
	})
	var failed *types.ConditionalCheckFailedException
	if errors.As(err, &failed) {
		return errContended
	}
	return err
}

// get reads a row with strong consistency; nil if there is none.
func (l *Ledger) get(ctx context.Context, key item) (item, error) {
	out, err := l.client.GetItem(ctx, &dynamodb.GetItemInput{TableName: &l.table, Key: key,
		ConsistentRead: aws.Bool(true)})
	if err != nil {
		return nil, err
	}
	if len(out.Item) == 0 {
		return nil, nil
	}
	return out.Item, nil
}

// getAll reads the rows of many different keys, in any order, without those that do not exist.
func (l *Ledger) getAll(ctx context.Context, keys []item, consistent bool) ([]item, error) {
	var rows []item
	for len(keys) > 0 {
		n := min(len(keys), maxBatchGet)
		ask := make([]map[string]types.AttributeValue, n)
		for i, k := range keys[:n] {
			ask[i] = k
		}
		keys = keys[n:]
		err := tryAgain(ctx, 0, func() error {
			out, err := l.client.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{
				RequestItems: map[string]types.KeysAndAttributes{l.table: {Keys: ask,
					ConsistentRead: aws.Bool(consistent)}},
			})
			if err != nil {
				return err
			}
			for _, r := range out.Responses[l.table] {
				rows = append(rows, r)
			}
			if ask = out.UnprocessedKeys[l.table].Keys; len(ask) > 0 { // the table is throttled
				return errContended
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return rows, nil
}

// A refusal is the error of a transaction in which the conditions of some rows did not hold.
// Nothing was written.
type refusal struct{ items []int }

func (r *refusal) Error() string {
	return fmt.Sprintf("the conditions of items %v do not hold", r.items)
}

// transact writes all rows or none. The error is a *refusal if conditions do not hold, and
// errContended if another transaction used the same rows or the table was throttled.
func (l *Ledger) transact(ctx context.Context, writes []types.TransactWriteItem) error {
	_, err := l.client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{TransactItems: writes})
	var cancelled *types.TransactionCanceledException
	var inProgress *types.TransactionInProgressException
	switch {
	case errors.As(err, &inProgress):
		return fmt.Errorf("%w: %w", errContended, err)
	case !errors.As(err, &cancelled):
		return err
	}
	var refused refusal
	for i, reason := range cancelled.CancellationReasons {
		switch aws.ToString(reason.Code) {
		case "", "None":
		case "ConditionalCheckFailed":
			refused.items = append(refused.items, i)
		case "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded":
			return fmt.Errorf("%w: %w", errContended, err)
		default:
			return err
		}
	}
	if len(refused.items) == 0 {
		return err
	}
	return &refused
}

// query yields the rows that a query returns, page by page.
func (l *Ledger) query(ctx context.Context, in dynamodb.QueryInput) iter.Seq2[item, error] {
	in.TableName = &l.table
	return func(yield func(item, error) bool) {
		for pages := dynamodb.NewQueryPaginator(l.client, &in); pages.HasMorePages(); {
			page, err := pages.NextPage(ctx)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, row := range page.Items {
				if !yield(row, nil) {
					return
				}
			}
		}
	}
}

// batchRow reads a batch with strong consistency. ErrNotFound.
func (l *Ledger) batchRow(ctx context.Context, id pipeline.BatchID) (batchRow, error) {
	if _, err := pipeline.ParseBatchID(string(id)); err != nil {
		return batchRow{}, pipeline.BatchNotFound(id)
	}
	row, err := l.get(ctx, batchKey(id))
	if err != nil {
		return batchRow{}, err
	}
	if row == nil {
		return batchRow{}, pipeline.BatchNotFound(id)
	}
	return row.batch()
}

// filesOf reads the files that belong to a batch, in claim order and with strong consistency.
func (l *Ledger) filesOf(ctx context.Context, b batchRow) ([]pipeline.File, error) {
	keys := make([]item, len(b.keys))
	for i, k := range b.keys {
		keys[i] = key(b.ID.Date(), k)
	}
	rows, err := l.getAll(ctx, keys, true)
	if err != nil {
		return nil, err
	}
	var files []pipeline.File
	for _, row := range rows {
		if f := row.file(); f.BatchID == b.ID {
			files = append(files, f)
		}
	}
	sortByArrival(files)
	return files, nil
}
