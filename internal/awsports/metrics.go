package awsports

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"sync"
	"time"

	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"golang.org/x/sync/errgroup"

	"ndjson-parquet/internal/pipeline"
)

// Metrics gathers counts during one invocation and writes them at its end: one line of CloudWatch's
// embedded metric format, and, if there is a metrics table, one row a metric. Safe for concurrent
// use.
type Metrics struct {
	Out         io.Writer // where the function's log lines go
	Environment string    // the dimension of the embedded metrics
	Function    string
	Now         func() time.Time
	Log         *slog.Logger

	// Table and Client are optional. A metric becomes a row an invocation, not a row an arrival.
	Client *dynamodb.Client
	Table  string
	TTL    time.Duration

	mu     sync.Mutex
	counts map[string]float64
}

var _ pipeline.Metrics = (*Metrics)(nil)

// Namespace is the CloudWatch namespace of our metrics.
const Namespace = "NdjsonParquet"

// Count implements pipeline.Metrics.
func (m *Metrics) Count(_ context.Context, metric string, value float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.counts == nil {
		m.counts = map[string]float64{}
	}
	m.counts[metric] += value
}

// flushTime bounds the writing of the rows: an invocation has to answer, whatever the metrics table
// does.
const flushTime = 2 * time.Second

// Flush writes what was counted since the last Flush. Losing it is tolerable, so it only logs its
// errors, and takes no longer than flushTime.
func (m *Metrics) Flush(ctx context.Context) {
	m.mu.Lock()
	counts := m.counts
	m.counts = nil
	m.mu.Unlock()
	if len(counts) == 0 {
		return
	}
	if err := m.writeEmbedded(counts); err != nil {
		m.Log.Warn("metrics were not written", "error", err)
	}
	if m.Table == "" {
		return
	}
	limit := flushTime
	if end, limited := ctx.Deadline(); limited {
		limit = min(limit, time.Until(end)/2)
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if err := m.writeRows(ctx, counts); err != nil {
		m.Log.Warn("metrics table was not written", "error", err)
	}
}

func (m *Metrics) writeEmbedded(counts map[string]float64) error {
	type definition struct {
		Name string
		Unit string
	}
	var definitions []definition
	line := map[string]any{"Environment": m.Environment, "Function": m.Function}
	for name, value := range counts {
		unit := "Count"
		switch name {
		case pipeline.MetricBytesIn, pipeline.MetricBytesOut:
			unit = "Bytes"
		case pipeline.MetricBatchSeconds:
			unit = "Seconds"
		}
		definitions = append(definitions, definition{name, unit})
		line[name] = value
	}
	line["_aws"] = map[string]any{
		"Timestamp": m.Now().UnixMilli(),
		"CloudWatchMetrics": []any{map[string]any{
			"Namespace": Namespace, "Dimensions": [][]string{{"Environment", "Function"}}, "Metrics": definitions,
		}},
	}
	return json.NewEncoder(m.Out).Encode(line)
}

// writeRows adds to the row of the current second, so that two invocations in one second do not
// overwrite each other.
func (m *Metrics) writeRows(ctx context.Context, counts map[string]float64) error {
	now := m.Now()
	var group errgroup.Group
	for name, value := range counts {
		group.Go(func() error {
			_, err := m.Client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
				TableName: &m.Table,
				Key: map[string]types.AttributeValue{
					"metric_type": &types.AttributeValueMemberS{Value: name},
					"timestamp":   &types.AttributeValueMemberN{Value: strconv.FormatInt(now.Unix(), 10)},
				},
				UpdateExpression:         aws.String("ADD #value :value SET #ttl = :ttl"),
				ExpressionAttributeNames: map[string]string{"#value": "value", "#ttl": "ttl"},
				ExpressionAttributeValues: map[string]types.AttributeValue{
					":value": &types.AttributeValueMemberN{Value: strconv.FormatFloat(value, 'f', -1, 64)},
					":ttl":   &types.AttributeValueMemberN{Value: strconv.FormatInt(now.Add(m.TTL).Unix(), 10)},
				},
			})
			return err
		})
	}
	return group.Wait()
}
