package dynamoledger

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ndjson-parquet/internal/pipeline"
)

// lease takes the lease on a date with one conditional put and returns the function that releases
// it. The condition itself compares the end of an older lease with r.Now; the table deletes expired
// rows hours later.
func (l *Ledger) lease(ctx context.Context, r pipeline.ClaimRequest) (release func(), err error) {
	// Each call has an id of its own, so that a put that the SDK repeats because the response was
	// lost recognises its own lease.
	id := r.Owner + "/" + rand.Text()
	row := key(lockPrefix+r.Date, lockKey)
	row["lock_id"] = text(id)
	row["ttl"] = number(int64(math.Ceil(float64(r.Now.Add(r.LeaseTTL).UnixMilli()) / 1000)))
	_, err = l.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &l.table, Item: row,
		ConditionExpression:       ptr("attribute_not_exists(#date_prefix) OR #ttl < :now OR #lock_id = :lock_id"),
		ExpressionAttributeNames:  map[string]string{"#date_prefix": datePrefix, "#ttl": "ttl", "#lock_id": "lock_id"},
		ExpressionAttributeValues: item{":now": number(r.Now.Unix()), ":lock_id": text(id)},
	})
	var held *types.ConditionalCheckFailedException
	if errors.As(err, &held) {
		return nil, fmt.Errorf("claim %s: %w", r.Date, pipeline.ErrLeaseHeld)
	}
	if err != nil {
		return nil, err
	}
	return func() {
		// Release the lease even if ctx is done. If this fails, the lease expires.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_, _ = l.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{
			TableName: &l.table, Key: key(lockPrefix+r.Date, lockKey),
			ConditionExpression:       ptr("#lock_id = :lock_id"),
			ExpressionAttributeNames:  map[string]string{"#lock_id": "lock_id"},
			ExpressionAttributeValues: item{":lock_id": text(id)},
		})
	}, nil
}

func ptr[T any](v T) *T { return &v }
