package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddb "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sfn"

	"ndjson-parquet/inspect"
	"ndjson-parquet/pipeline"
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

func fileKey(date string, n int) string { return fmt.Sprintf("%s-sensor+%02d é.ndjson", date, n) }

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

// executions waits until as many executions as wanted, and no more, have ended with this status.
func (w *world) executions(t *testing.T, status string, want int) {
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
		if !maps.Equal(got, map[string]int{status: want}) {
			return fmt.Errorf("executions by status: %v, want %d %s", got, want, status)
		}
		return nil
	})
}

func (w *world) outputKeys(t *testing.T, date string) []string {
	t.Helper()
	out, err := w.s3.ListObjectsV2(t.Context(), &s3.ListObjectsV2Input{Bucket: &w.output, Prefix: ptr(pipeline.OutputFolder(date))})
	if err != nil {
		t.Fatal(err)
	}
	var keys []string
	for _, o := range out.Contents {
		keys = append(keys, *o.Key)
	}
	return keys
}

func (w *world) read(t *testing.T, key string) []byte {
	t.Helper()
	out, err := w.s3.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &w.output, Key: &key})
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

// checkOutput checks that a date's output holds exactly the rows of these files, each once, in Parquet files that commit
// records tell of.
func (w *world) checkOutput(t *testing.T, date string, files ...int) {
	t.Helper()
	var objects, committed []string
	for _, key := range w.outputKeys(t, date) {
		if !strings.Contains(key, "/_commits/") {
			objects = append(objects, key)
			continue
		}
		var c pipeline.Commit
		if err := json.Unmarshal(w.read(t, key), &c); err != nil {
			t.Fatal(err)
		}
		for _, o := range c.Outputs {
			committed = append(committed, o.Key)
		}
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
			if !ok || row["value"] != float64(line)+0.5 || row["ok"] != (line%2 == 0) || !strings.HasSuffix(source, fileKey(date, n)) {
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

// The cost-optimized test: 12 files give exactly one execution, two files wait.
func TestTwelveFiles(t *testing.T) {
	w := newWorld(t, settings{})
	date := today()
	w.putFiles(t, date, 0, 10)
	tenth := time.Now()
	eventually(t, func() error {
		for _, key := range w.outputKeys(t, date) {
			if strings.Contains(key, "/_commits/") {
				return nil
			}
		}
		return errNotYet
	})
	t.Logf("from the tenth put to the commit record: %v", time.Since(tenth).Round(time.Millisecond))
	w.putFiles(t, date, 10, 12)

	w.waitFor(t, date, map[string]int{"completed": 10, "pending": 2})
	w.executions(t, "SUCCEEDED", 1)
	w.checkOutput(t, date, upTo(10)...)

	for _, row := range w.rows(t, date) {
		if strings.HasPrefix(row["file_key"], "MANIFEST#") && (row["status"] != "completed" || row["rows"] != "10000" || row["engine"] != "native") {
			t.Errorf("the batch's row: %v", row)
		}
	}
	counted := w.counted(t)
	for metric, want := range map[string]string{"BatchesStarted": "1", "BatchesCompleted": "1", "Rows": "10000"} {
		if counted[metric] != want {
			t.Errorf("metric %s: %q, want %s", metric, counted[metric], want)
		}
	}
}

// counted are the rows of the metrics table, of metrics that were counted once.
func (w *world) counted(t *testing.T) map[string]string {
	t.Helper()
	out, err := w.tables.Scan(t.Context(), &dynamodb.ScanInput{TableName: &w.metrics})
	if err != nil {
		t.Fatal(err)
	}
	values := map[string]string{}
	for _, row := range plain(out.Items) {
		values[row["metric_type"]] += row["value"]
	}
	return values
}
