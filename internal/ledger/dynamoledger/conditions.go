package dynamoledger

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ndjson-parquet/internal/pipeline"
)

// A condition is a condition expression with its names and values.
type condition struct {
	parts  []string
	names  map[string]string
	values item
}

// absent is the condition that no row has the key.
func absent() condition { return condition{}.lacks(datePrefix) }

func (c condition) named(attribute string) (condition, string) {
	if c.names == nil {
		c.names = map[string]string{}
	}
	c.names["#"+attribute] = attribute
	return c, "#" + attribute
}

// lacks adds the condition that the row does not have an attribute.
func (c condition) lacks(attribute string) condition {
	c, name := c.named(attribute)
	c.parts = append(c.parts, "attribute_not_exists("+name+")")
	return c
}

// has adds the condition that an attribute has the same value as in another row, or does not exist
// if it does not exist there.
func (c condition) has(attribute string, of item) condition {
	value, ok := of[attribute]
	if !ok {
		return c.lacks(attribute)
	}
	c, name := c.named(attribute)
	if c.values == nil {
		c.values = item{}
	}
	c.values[":"+attribute] = value
	c.parts = append(c.parts, name+" = :"+attribute)
	return c
}

func (c condition) expression() *string { return aws.String(strings.Join(c.parts, " AND ")) }

// unchanged is the condition that a file's row is as it was read. Each change of a file alters one
// of these attributes.
func (l *Ledger) unchanged(f pipeline.File) condition {
	row := l.fileItem(f, "")
	return condition{}.has("status", row).has("etag", row).has("version_id", row).has("batch_id", row).has(updatedAt,
		row)
}

// unchangedBatch is the condition that a batch's row is as it was read. Every change of the row, by
// the ledger or by the state machine, increases rev.
func unchangedBatch(b batchRow) condition {
	return condition{}.has("rev", item{"rev": number(b.rev)}).has("status", item{"status": text(string(b.Status))})
}

// put returns a write of a row under a condition, as part of a transaction.
func (l *Ledger) put(row item, c condition) types.TransactWriteItem {
	return types.TransactWriteItem{Put: &types.Put{
		TableName: &l.table, Item: row, ConditionExpression: c.expression(), ExpressionAttributeNames: c.names,
		ExpressionAttributeValues: c.values,
	}}
}
