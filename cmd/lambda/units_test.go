package main

import (
	"encoding/json"
	"slices"
	"testing"
)

// transactionUnits returns the write units of a TransactWriteItems request by DynamoDB's documented
// rules. The emulator reports the same number for every transaction, whatever its items. An item
// costs two units for each KB; a change of an index entry costs one, and two if its key changes.
func transactionUnits(request []byte) float64 {
	var r struct {
		TransactItems []struct {
			Put struct {
				Item                      map[string]json.RawMessage
				ExpressionAttributeValues map[string]struct{ S string }
			}
		}
	}
	if err := json.Unmarshal(request, &r); err != nil {
		panic(err) // it is our own
	}
	units := 0
	for _, i := range r.TransactItems {
		units += 2 * kilobytes(i.Put.Item)
		was := i.Put.ExpressionAttributeValues[":status"].S
		_, isBatch := i.Put.Item["file_count"]
		for _, index := range []struct {
			attribute string
			had       bool
		}{
			{"pending_date", !isBatch && was == "pending"},
			{"live", isBatch && slices.Contains([]string{"claiming", "manifested", "processing"}, was)},
		} {
			_, has := i.Put.Item[index.attribute]
			if index.had {
				units++
			}
			if has {
				units++
			}
		}
	}
	return float64(units)
}

// kilobytes returns the size that DynamoDB charges for an item: names and values. A list or map
// costs a little more than its text here.
func kilobytes(item map[string]json.RawMessage) int {
	size := 0
	for name, value := range item {
		const wrapping = `{"S":""}`
		size += len(name) + max(1, len(value)-len(wrapping))
	}
	return (size + 1023) / 1024
}

func TestTransactionUnits(t *testing.T) {
	for _, c := range []struct {
		request string
		want    float64
	}{
		// A batch is made of a pending file: two rows, one index entry removed, one added.
		{`{"TransactItems":[
			{"Put":{"Item":{"date_prefix":{"S":"d"},"file_count":{"N":"1"},"live":{"S":"1"}},"ConditionExpression":"attribute_not_exists(#d)"}},
			{"Put":{"Item":{"date_prefix":{"S":"d"},"status":{"S":"manifested"}},"ExpressionAttributeValues":{":status":{"S":"pending"}}}}]}`, 6},
		// The batch is settled: two rows, one index entry removed.
		{`{"TransactItems":[
			{"Put":{"Item":{"date_prefix":{"S":"d"},"file_count":{"N":"1"}},"ExpressionAttributeValues":{":status":{"S":"processing"}}}},
			{"Put":{"Item":{"date_prefix":{"S":"d"},"status":{"S":"completed"}},"ExpressionAttributeValues":{":status":{"S":"manifested"}}}}]}`, 5},
	} {
		if got := transactionUnits([]byte(c.request)); got != c.want {
			t.Errorf("%g units, want %g: %s", got, c.want, c.request)
		}
	}
}
