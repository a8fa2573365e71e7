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

// lease takes the lease on a date, as one conditional put, and returns what gives it back. Whether an older lease has ended
// is judged by r.Now in the condition, never by the table's own deletion of expired rows, which comes hours later.
func (l *Ledger) lease(ctx context.Context, r pipeline.ClaimRequest) (release func(), err error) {
	// Each call has an id of its own: a put that is sent again because its answer was lost finds its own lease.
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
		// Also when ctx has ended. A lease that stays because this fails ends by itself.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		_, _ = l.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{
			TableName: &l.table, Key: key(lockPrefix+r.Date, lockKey),
			ConditionExpression: ptr("#lock_id = :lock_id"), ExpressionAttributeNames: map[string]string{"#lock_id": "lock_id"},
			ExpressionAttributeValues: item{":lock_id": text(id)},
		})
	}, nil
}

func ptr[T any](v T) *T { return &v }
