package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddb "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"ndjson-parquet/internal/inspect"
	"ndjson-parquet/internal/pipeline"
)

// linesPerFile makes files of about 100 KB, as dev expects them.
const linesPerFile = 1000

// ndjson is the content of the n-th file: ids are unique among all files.
func ndjson(n int) []byte {
	var b bytes.Buffer
	for i := range linesPerFile {
		fmt.Fprintf(&b, `{"id":%d,"name":"reading number %08d","value":%d.5,"ok":%t,"note":"of a sensor in the field"}`+"\n",
			n*linesPerFile+i, i, i, i%2 == 0)
	}
	return b.Bytes()
}

// fileKey is the key of the n-th file, with characters that are difficult in keys.
func fileKey(date string, n int) string {
	return fmt.Sprintf("%s-sensor+%02d é %%25 'q\".ndjson", date, n)
}

func today() string { return time.Now().UTC().Format(time.DateOnly) }

// putFiles puts the files from first up to, not including, end.
func (w *world) putFiles(t *testing.T, date string, first, end int) {
	t.Helper()
	for n := first; n < end; n++ {
		w.put(t, fileKey(date, n), ndjson(n))
	}
}

// files counts the file rows of a date by status.
func (w *world) files(t *testing.T, date string) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for _, row := range w.rows(t, date) {
		if !strings.HasPrefix(row["file_key"], "MANIFEST#") {
			counts[row["status"]]++
		}
	}
	return counts
}

// rows are the ledger's rows of a date: their attributes that are strings or numbers.
func (w *world) rows(t *testing.T, date string) []map[string]string {
	t.Helper()
	out, err := w.tables.Query(t.Context(), &dynamodb.QueryInput{
		TableName: &w.tracking, KeyConditionExpression: ptr("date_prefix = :date"),
		ExpressionAttributeValues: map[string]ddb.AttributeValue{":date": &ddb.AttributeValueMemberS{Value: date}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return plain(out.Items)
}

func plain(items []map[string]ddb.AttributeValue) []map[string]string {
	var rows []map[string]string
	for _, item := range items {
		row := map[string]string{}
		for name, value := range item {
			switch v := value.(type) {
			case *ddb.AttributeValueMemberS:
				row[name] = v.Value
			case *ddb.AttributeValueMemberN:
				row[name] = v.Value
			}
		}
		rows = append(rows, row)
	}
	return rows
}

func ptr[T any](v T) *T { return &v }

// waitFor waits until the files of a date have these statuses.
func (w *world) waitFor(t *testing.T, date string, want map[string]int) {
	t.Helper()
	eventually(t, func() error {
		if got := w.files(t, date); !maps.Equal(got, want) {
			return fmt.Errorf("files of %s by status: %v, want %v", date, got, want)
		}
		return nil
	})
}

// executions waits until as many executions as wanted, and no others, have ended with this status.
func (w *world) executions(t *testing.T, status string, want int) {
	t.Helper()
	byStatus := map[string]int{}
	if want > 0 {
		byStatus[status] = want
	}
	w.ended(t, byStatus)
}

// ended waits until the executions have these statuses.
func (w *world) ended(t *testing.T, want map[string]int) {
	t.Helper()
	eventually(t, func() error {
		out, err := w.sfn.ListExecutions(t.Context(), &sfn.ListExecutionsInput{StateMachineArn: &w.stateMachine})
		if err != nil {
			return err
		}
		got := map[string]int{}
		for _, e := range out.Executions {
			got[string(e.Status)]++
		}
		if !maps.Equal(got, want) {
			return fmt.Errorf("executions by status: %v, want %v", got, want)
		}
		return nil
	})
}

func (w *world) outputKeys(t *testing.T, date string) []string {
	t.Helper()
	return w.keys(t, w.output, pipeline.OutputFolder(date))
}

func (w *world) keys(t *testing.T, bucket, prefix string) []string {
	t.Helper()
	out, err := w.s3.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: &prefix})
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, o := range out.Contents {
		keys = append(keys, *o.Key)
	}
	return keys
}

// peek returns the bodies of the messages that are visible.
func (w *world) peek(t *testing.T, queue string) []string {
	t.Helper()
	out, err := w.sqs.ReceiveMessage(t.Context(), &sqs.ReceiveMessageInput{QueueUrl: &queue, MaxNumberOfMessages: 10})
	if err != nil {
		t.Fatal(err)
	}
	var bodies []string
	for _, m := range out.Messages {
		bodies = append(bodies, *m.Body)
	}
	return bodies
}

func (w *world) read(t *testing.T, key string) []byte {
	t.Helper()
	return w.readFrom(t, w.output, key)
}

func (w *world) readFrom(t *testing.T, bucket, key string) []byte {
	t.Helper()
	out, err := w.s3.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	if err != nil {
		t.Fatal(err)
	}
	defer out.Body.Close()
	content, err := io.ReadAll(out.Body)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// checkOutput checks that a date's output holds exactly the rows of these files, each once, in
// Parquet files that commit records name.
func (w *world) checkOutput(t *testing.T, date string, files ...int) {
	t.Helper()
	var objects, committed []string
	var rows int64
	for _, key := range w.outputKeys(t, date) {
		if !strings.Contains(key, "/_commits/") {
			objects = append(objects, key)
			continue
		}
		var c pipeline.Commit
		if err := json.Unmarshal(w.read(t, key), &c); err != nil {
			t.Fatal(err)
		}
		rows += c.Rows
		for _, o := range c.Outputs {
			committed = append(committed, o.Key)
		}
	}
	if want := int64(len(files) * linesPerFile); rows != want {
		t.Errorf("the commit records tell of %d rows, want %d", rows, want)
	}
	slices.Sort(committed)
	if !slices.Equal(objects, committed) {
		t.Errorf("objects in the output: %v; the commit records tell of %v", objects, committed)
	}
	seen := map[int64]int{}
	for _, key := range committed {
		content := w.read(t, key)
		err := inspect.Head(bytes.NewReader(content), int64(len(content)), 1<<20, func(row map[string]any) error {
			id, ok := row["id"].(int64)
			n, line := int(id)/linesPerFile, int(id)%linesPerFile
			source, _ := row["_source_file"].(string)
			if !ok || row["value"] != float64(line)+0.5 || row["ok"] != (line%2 == 0) ||
				!strings.HasSuffix(source, fileKey(date, n)) || row["_processing_timestamp"] == nil {
				return fmt.Errorf("unexpected row %v", row)
			}
			seen[id]++
			return nil
		})
		if err != nil {
			t.Fatalf("%s: %v", key, err)
		}
	}
	for _, n := range files {
		for line := range linesPerFile {
			id := int64(n*linesPerFile + line)
			if seen[id] != 1 {
				t.Fatalf("the row with id %d is in the output %d times", id, seen[id])
			}
			delete(seen, id)
		}
	}
	if len(seen) > 0 {
		t.Fatalf("%d rows in the output belong to files that are not completed", len(seen))
	}
}

func upTo(n int) []int {
	var numbers []int
	for i := range n {
		numbers = append(numbers, i)
	}
	return numbers
}

// alerted returns the alerts of the topic that have come since it was asked last.
func (w *world) alerted(t *testing.T) []alert {
	t.Helper()
	var alerts []alert
	for {
		out, err := w.sqs.ReceiveMessage(t.Context(),
			&sqs.ReceiveMessageInput{QueueUrl: &w.alerts, MaxNumberOfMessages: 10})
		if err != nil {
			t.Fatal(err)
		}
		if len(out.Messages) == 0 {
			return alerts
		}
		for _, m := range out.Messages {
			var a alert
			d := json.NewDecoder(strings.NewReader(*m.Body))
			d.DisallowUnknownFields()
			if err := d.Decode(&a); err != nil {
				t.Fatalf("%v in the alert %s", err, *m.Body)
			}
			if _, err := time.Parse(time.RFC3339, a.Timestamp); err != nil {
				t.Errorf("the alert's timestamp: %v", err)
			}
			a.raw = *m.Body
			alerts = append(alerts, a)
			if _, err := w.sqs.DeleteMessage(t.Context(),
				&sqs.DeleteMessageInput{QueueUrl: &w.alerts, ReceiptHandle: m.ReceiptHandle}); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// An alert has the payload of docs/DESIGN.md, and File where one file failed.
type alert struct {
	FunctionError, DatePrefix, ManifestPath, Timestamp, ExecutionArn, StateMachineName, File string
	Error                                                                                    struct {
		Error,
		Cause string
	}
	raw string
}

// counted are the sums of the metrics table, by metric.
func (w *world) counted(t *testing.T) map[string]float64 {
	t.Helper()
	out, err := w.tables.Scan(t.Context(), &dynamodb.ScanInput{TableName: &w.metrics})
	if err != nil {
		t.Fatal(err)
	}
	sums := map[string]float64{}
	for _, row := range plain(out.Items) {
		value, err := strconv.ParseFloat(row["value"], 64)
		if err != nil || row["timestamp"] == "" || row["ttl"] == "" {
			t.Errorf("a row of the metrics table: %v", row)
		}
		sums[row["metric_type"]] += value
	}
	return sums
}
