package dynamoledger

import (
	"encoding/json"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"ndjson-parquet/internal/pipeline"
)

// An item is a row in the form of DynamoDB. Attributes that would be empty are absent.
type item map[string]types.AttributeValue

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }
func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

func (i item) setText(name, value string) {
	if delete(i, name); value != "" {
		i[name] = text(value)
	}
}

func (i item) setNumber(name string, value int64) {
	if delete(i, name); value != 0 {
		i[name] = number(value)
	}
}

func (i item) setTime(name string, t time.Time) {
	if t.IsZero() {
		delete(i, name)
		return
	}
	i[name] = text(timeText(t))
}

func (i item) setCounts(c pipeline.Counts) {
	i.setNumber("lines", c.Lines)
	i.setNumber("rows", c.Rows)
	i.setNumber("rejected", c.Rejected)
	i.setNumber("blank", c.Blank)
	i.setNumber("rescued", c.Rescued)
}

func timeText(t time.Time) string { return pipeline.Instant(t).Format(pipeline.LedgerTimeLayout) }

func (i item) text(name string) string {
	if v, ok := i[name].(*types.AttributeValueMemberS); ok {
		return v.Value
	}
	return ""
}

func (i item) number(name string) int64 {
	if v, ok := i[name].(*types.AttributeValueMemberN); ok {
		// a number that is not an integer was not written by the ledger and reads as 0
		n, _ := strconv.ParseInt(v.Value, 10, 64)
		return n
	}
	return 0
}

// time reads a time in any form of ISO 8601: the state machine writes milliseconds.
func (i item) time(name string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, i.text(name))
	if err != nil {
		return time.Time{}
	}
	return pipeline.Instant(t)
}

func (i item) counts() pipeline.Counts {
	return pipeline.Counts{
		Lines: i.number("lines"), Rows: i.number("rows"), Rejected: i.number("rejected"), Blank: i.number("blank"),
		Rescued: i.number("rescued"),
	}
}

// isFile reports whether the row is a file's.
func (i item) isFile() bool { return i.text("file_path") != "" || i["size_bytes"] != nil }

// fileItem returns the row of f. manifest is the manifest of the batch that has claimed f, if any.
func (l *Ledger) fileItem(f pipeline.File, manifest string) item {
	i := key(f.DatePrefix, f.Key)
	i["status"] = text(string(f.Status))
	i["size_bytes"] = number(f.Size)
	i["file_size_mb"] = &types.AttributeValueMemberN{Value: strconv.FormatFloat(float64(f.Size)/(1<<20), 'f', 6, 64)}
	i.setText("file_path", f.Path)
	i.setText("etag", f.ETag)
	i.setText("version_id", f.VersionID)
	i.setText("sequencer", f.Sequencer)
	i.setText("read_etag", f.ReadETag)
	i.setText("reason", f.Reason)
	i.setText("detail", f.Detail)
	i.setNumber("attempts", int64(f.Attempts))
	i.setCounts(f.Counts)
	i.setTime(createdAt, f.CreatedAt)
	i.setTime(updatedAt, f.UpdatedAt)
	if f.Released {
		i["released"] = &types.AttributeValueMemberBOOL{Value: true}
	}
	if f.BatchID != "" {
		i.setText("batch_id", string(f.BatchID))
		i.setText("manifest_path", manifest)
	}
	if f.Status == pipeline.Pending {
		i.setText(pendingDate, f.DatePrefix)
	}
	if f.Status.Final() {
		l.setTTL(i, f.UpdatedAt)
	}
	return i
}

func (l *Ledger) setTTL(i item, from time.Time) {
	if l.rowTTL > 0 {
		i["ttl"] = number(from.Add(l.rowTTL).Unix())
	}
}

// file returns the row as a file.
func (i item) file() pipeline.File {
	released, _ := i["released"].(*types.AttributeValueMemberBOOL)
	return pipeline.File{
		DatePrefix: i.text(datePrefix), Key: i.text(fileKey), Path: i.text("file_path"),
		Version: pipeline.Version{ETag: i.text("etag"), VersionID: i.text("version_id"),
			Sequencer: i.text("sequencer")},
		ReadETag: i.text("read_etag"), Size: i.number("size_bytes"), Status: pipeline.Status(i.text("status")),
		BatchID: pipeline.BatchID(i.text("batch_id")),
		Reason:  i.text("reason"), Detail: i.text("detail"), Released: released != nil && released.Value,
		Attempts: int(i.number("attempts")),
		Counts:   i.counts(), CreatedAt: i.time(createdAt), UpdatedAt: i.time(updatedAt),
	}
}

// A batchRow is the row of a batch.
type batchRow struct {
	pipeline.Batch
	keys []string // of its files, in claim order
	// rev counts the changes of the row. Every change of the batch or of a file in it is one
	// transaction with a change of this row, under the condition that rev is as it was read. So the
	// changes of a batch happen one after the other.
	rev int64
	// other holds attributes of the row that the ledger does not know, such as glue_job_run_id.
	other item
}

// ended is the attribute with the time at which a batch of this status ended.
var ended = map[pipeline.Status]string{pipeline.Completed: "completed_time", pipeline.Failed: "failed_time"}

// batchItem returns the row of b.
func (l *Ledger) batchItem(b batchRow) (item, error) {
	i := item{}
	maps.Copy(i, b.other)
	maps.Copy(i, batchKey(b.ID))
	i["status"] = text(string(b.Status))
	i["rev"] = number(b.rev)
	i["file_count"] = number(int64(b.FileCount))
	i["bytes"] = number(b.Bytes)
	i.setText("batch_id", string(b.ID))
	i.setText("manifest_path", b.ManifestPath)
	i.setText("engine", b.Engine)
	i.setCounts(b.Counts)
	i.setText("error_message", b.Error)
	i.setNumber("attempts", int64(b.Attempts))
	i.setNumber("retries", int64(b.Retries))
	i.setTime(createdAt, b.CreatedAt)
	i.setTime(updatedAt, b.UpdatedAt)
	i.setTime("processing_start_time", b.StartedAt)
	for status, name := range ended {
		if delete(i, name); status == b.Status {
			i.setTime(name, b.EndedAt)
		}
	}
	delete(i, "outputs")
	if len(b.Outputs) > 0 {
		outputs, err := json.Marshal(b.Outputs)
		if err != nil {
			return nil, err
		}
		i["outputs"] = text(string(outputs))
	}
	keys := make([]types.AttributeValue, len(b.keys))
	for n, k := range b.keys {
		keys[n] = text(k)
	}
	i["files"] = &types.AttributeValueMemberL{Value: keys}
	delete(i, "ttl")
	if delete(i, live); ended[b.Status] == "" {
		i[live] = text(liveValue)
	} else {
		l.setTTL(i, b.UpdatedAt)
	}
	return i, nil
}

// batchID returns the id of the batch whose row or index entry this is.
func (i item) batchID() pipeline.BatchID {
	return pipeline.BatchID(i.text(datePrefix) + "-" + strings.TrimPrefix(i.text(fileKey), pipeline.RowKeyPrefix))
}

// batch returns the row as a batch.
func (i item) batch() (batchRow, error) {
	status := pipeline.Status(i.text("status"))
	b := batchRow{rev: i.number("rev"), other: i, Batch: pipeline.Batch{
		ID:           i.batchID(),
		Status:       status,
		ManifestPath: i.text("manifest_path"), FileCount: int(i.number("file_count")), Bytes: i.number("bytes"),
		Engine: i.text("engine"),
		Counts: i.counts(), Error: i.text("error_message"), Attempts: int(i.number("attempts")),
		Retries:   int(i.number("retries")),
		CreatedAt: i.time(createdAt), UpdatedAt: i.time(updatedAt), StartedAt: i.time("processing_start_time"),
		EndedAt: i.time(ended[status]),
	}}
	if outputs := i.text("outputs"); outputs != "" {
		if err := json.Unmarshal([]byte(outputs), &b.Outputs); err != nil {
			return b, fmt.Errorf("the outputs of batch %s: %w", b.ID, err)
		}
	}
	if files, ok := i["files"].(*types.AttributeValueMemberL); ok {
		for _, k := range files.Value {
			if k, ok := k.(*types.AttributeValueMemberS); ok {
				b.keys = append(b.keys, k.Value)
			}
		}
	}
	return b, nil
}
