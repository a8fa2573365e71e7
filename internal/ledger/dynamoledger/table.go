package dynamoledger

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ndjson-parquet/internal/pipeline"
)

// The table's keys and indexes.
const (
	datePrefix = "date_prefix"
	fileKey    = "file_key"

	// pendingIndex has the rows with the attribute pending_date: the pending files of each date by
	// created_at.
	pendingIndex = "pending-index"
	pendingDate  = "pending_date"
	createdAt    = "created_at"

	// liveIndex has the rows with the attribute live: the batches that have not ended, by
	// updated_at.
	liveIndex = "live-index"
	live      = "live"
	liveValue = "1"
	updatedAt = "updated_at"

	jobRun = "glue_job_run_id"
)

// The keys of rows that are not files.
const (
	lockPrefix = "LOCK#manifest-" // and the date
	lockKey    = "LOCK"

	counterPrefix = "COUNTER#manifest-" // and the date: how many batches it has had
	counterKey    = "COUNTER"

	datesPrefix = "DATES" // and as file_key each date the table knows
)

// Table returns the definition of the table, billed on demand. Rows expire by their attribute ttl,
// which the table's time-to-live setting must name.
func Table(name string) *dynamodb.CreateTableInput {
	key := func(hash, sort string) []types.KeySchemaElement {
		return []types.KeySchemaElement{
			{AttributeName: aws.String(hash), KeyType: types.KeyTypeHash},
			{AttributeName: aws.String(sort), KeyType: types.KeyTypeRange},
		}
	}
	var attributes []types.AttributeDefinition
	for _, a := range []string{datePrefix, fileKey, pendingDate, createdAt, live, updatedAt} {
		attributes = append(attributes, types.AttributeDefinition{AttributeName: aws.String(a),
			AttributeType: types.ScalarAttributeTypeS})
	}
	return &dynamodb.CreateTableInput{
		TableName: aws.String(name), BillingMode: types.BillingModePayPerRequest,
		AttributeDefinitions: attributes, KeySchema: key(datePrefix, fileKey),
		GlobalSecondaryIndexes: []types.GlobalSecondaryIndex{
			{IndexName: aws.String(pendingIndex), KeySchema: key(pendingDate, createdAt),
				Projection: &types.Projection{ProjectionType: types.ProjectionTypeAll}},
			{IndexName: aws.String(liveIndex), KeySchema: key(live, updatedAt),
				Projection: &types.Projection{ProjectionType: types.ProjectionTypeKeysOnly}},
		},
	}
}

func key(date, sort string) item {
	return item{datePrefix: text(date), fileKey: text(sort)}
}

func batchKey(id pipeline.BatchID) item { return key(id.Date(), pipeline.RowKey(id)) }
