package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/glue"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"ndjson-parquet/internal/pipeline"
)

// catalog returns the columns of the table over the output, with their types, and its parameters.
func (w *world) catalog(t *testing.T) (columns []string, parameters map[string]string) {
	t.Helper()
	out, err := w.glue.GetTable(t.Context(), &glue.GetTableInput{DatabaseName: &w.database, Name: &w.table})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range out.Table.StorageDescriptor.Columns {
		columns = append(columns, *c.Name+" "+*c.Type)
	}
	return columns, out.Table.Parameters
}

// Athena sees a column as soon as the batch that brought it is settled, with either engine, and
// what else the table has stays. One update that fails is made good with the next batch.
func TestCatalogFollowsTheSchema(t *testing.T) {
	w := newWorld(t, settings{})
	date := today()
	_, before := w.catalog(t)
	added := []string{"_processing_timestamp timestamp", "_source_file string", "_rescued_data string"}
	first := append([]string{"id bigint", "name string", "value double", "ok boolean", "note string"}, added...)
	var refused atomic.Bool
	w.setIntercept(func(rw http.ResponseWriter, r *http.Request) bool {
		if !calls(r, "UpdateTable") || refused.Swap(true) {
			return false
		}
		refuse(rw, http.StatusBadRequest, "InvalidInputException")
		return true
	})
	w.putFiles(t, date, 0, 10)
	w.completed(t, date)
	if got, _ := w.catalog(t); !slices.Equal(got, added) || !refused.Load() {
		t.Errorf("columns after a refused update: %v", got)
	}
	w.putFiles(t, date, 10, 20)
	w.waitFor(t, date, map[string]int{"completed": 20})
	w.columns(t, first)
	for n := range 10 {
		w.put(t, fileKey(date, 20+n), []byte(strings.ReplaceAll(string(ndjson(20+n)), `"note"`, `"tags":["a"],"note"`)))
	}
	w.waitFor(t, date, map[string]int{"completed": 30})
	w.columns(t, slices.Insert(slices.Clone(first), 5, "tags array<string>"))
	_, after := w.catalog(t)
	for name, value := range before {
		if after[name] != value {
			t.Errorf("the table's parameter %s was %s and is %s", name, value, after[name])
		}
	}
}

// columns waits until the table has these columns.
func (w *world) columns(t *testing.T, want []string) {
	t.Helper()
	eventually(t, func() error {
		if got, _ := w.catalog(t); !slices.Equal(got, want) {
			return fmt.Errorf("columns: %v, want %v", got, want)
		}
		return nil
	})
}

// Only files whose records are published get the tag by which their lifecycle rule finds them,
// beside their producer's tags. A file that is pending has none.
func TestOnlyProcessedFilesExpire(t *testing.T) {
	w := newWorld(t, settings{variables: heldOpen})
	date := over()
	if _, err := w.s3.PutObject(t.Context(), &s3.PutObjectInput{
		Bucket: &w.input, Key: ptr(w.inputRoot + fileKey(date, 0)), Body: bytes.NewReader(ndjson(0)),
		Tagging: ptr("source=field"),
	}); err != nil {
		t.Fatal(err)
	}
	w.putFiles(t, date, 1, 10)
	w.completed(t, date)
	w.putFiles(t, date, 10, 11)
	w.handed(t, 11)
	for n := range 11 {
		out, err := w.s3.GetObjectTagging(t.Context(),
			&s3.GetObjectTaggingInput{Bucket: &w.input, Key: ptr(w.inputRoot + fileKey(date, n))})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, tag := range out.TagSet {
			got = append(got, *tag.Key+"="+*tag.Value)
		}
		slices.Sort(got)
		want := map[int][]string{0: {pipeline.ProcessedTag + "=" + pipeline.ProcessedValue, "source=field"}, 10: nil}
		if _, special := want[n]; !special {
			want[n] = []string{pipeline.ProcessedTag + "=" + pipeline.ProcessedValue}
		}
		if !slices.Equal(got, want[n]) {
			t.Errorf("file %d has the tags %v, want %v", n, got, want[n])
		}
	}
}
