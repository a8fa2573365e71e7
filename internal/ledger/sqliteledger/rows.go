package sqliteledger

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"ndjson-parquet/internal/pipeline"
)

func timeText(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return pipeline.Instant(t).Format(pipeline.LedgerTimeLayout)
}

// A timeColumn scans what timeText wrote.
type timeColumn struct{ t *time.Time }

func (c timeColumn) Scan(value any) error {
	text, ok := value.(string)
	if !ok {
		return fmt.Errorf("%v is not a time", value)
	}
	*c.t = time.Time{}
	if text == "" {
		return nil
	}
	t, err := time.Parse(pipeline.LedgerTimeLayout, text)
	*c.t = t
	return err
}

const (
	fileColumns = "date_prefix, file_key, status, file_path, etag, version_id, sequencer, read_etag, " +
		"size_bytes, batch_id, reason, detail, " +
		"released, attempts, lines, rows, rejected, blank, rescued, created_at, updated_at"
	insertFile = "INSERT INTO file_tracking (" + fileColumns +
		") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) " +
		"ON CONFLICT DO NOTHING"
	updateFile = "UPDATE file_tracking SET (" + fileColumns +
		") = (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, " +
		"?18, ?19, ?20, ?21) WHERE date_prefix = ?1 AND file_key = ?2"
	selectFile = "SELECT " + fileColumns + " FROM file_tracking WHERE date_prefix = ? AND file_key = ?"
)

// fileValues are the values of fileColumns.
func fileValues(f pipeline.File) []any {
	return []any{
		f.DatePrefix, f.Key, string(f.Status), f.Path, f.ETag, f.VersionID, f.Sequencer, f.ReadETag, f.Size,
		sql.NullString{String: string(f.BatchID), Valid: f.BatchID != ""}, f.Reason, f.Detail,
		f.Released, f.Attempts, f.Lines, f.Rows, f.Rejected, f.Blank, f.Rescued, timeText(f.CreatedAt),
		timeText(f.UpdatedAt),
	}
}

// scanFile reads the fileColumns of a row.
func scanFile(row interface{ Scan(...any) error }) (pipeline.File, error) {
	var f pipeline.File
	var batch sql.NullString
	err := row.Scan(
		&f.DatePrefix, &f.Key, &f.Status, &f.Path, &f.ETag, &f.VersionID, &f.Sequencer, &f.ReadETag, &f.Size,
		&batch, &f.Reason, &f.Detail,
		&f.Released, &f.Attempts, &f.Lines, &f.Rows, &f.Rejected, &f.Blank, &f.Rescued, timeColumn{&f.CreatedAt},
		timeColumn{&f.UpdatedAt},
	)
	f.BatchID = pipeline.BatchID(batch.String)
	return f, err
}

const (
	batchColumns = "date_prefix, num, batch_id, status, manifest_path, file_count, bytes, engine, " +
		"lines, rows, rejected, blank, rescued, " +
		"outputs, error_message, attempts, retries, created_at, updated_at, processing_start_time, ended_at"
	insertBatch = "INSERT INTO batches (" + batchColumns +
		") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	updateBatch = "UPDATE batches SET (" + batchColumns +
		") = (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, " +
		"?18, ?19, ?20, ?21) WHERE date_prefix = ?1 AND num = ?2"
	selectBatch = "SELECT " + batchColumns + " FROM batches WHERE date_prefix = ? AND num = ? AND batch_id = ?"
)

// batchKey returns the parameters of selectBatch. ErrNotFound if no batch can have this id.
func batchKey(id pipeline.BatchID) ([]any, error) {
	if _, err := pipeline.ParseBatchID(string(id)); err != nil {
		return nil, pipeline.BatchNotFound(id)
	}
	digits, _, _ := strings.Cut(id.Name(), "-")
	num, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return nil, pipeline.BatchNotFound(id)
	}
	return []any{id.Date(), num, string(id)}, nil
}

// batchValues are the values of batchColumns.
func batchValues(b pipeline.Batch) ([]any, error) {
	key, err := batchKey(b.ID)
	if err != nil {
		return nil, err
	}
	outputs, err := json.Marshal(b.Outputs)
	if err != nil {
		return nil, err
	}
	return append(key,
		string(b.Status), b.ManifestPath, b.FileCount, b.Bytes, b.Engine, b.Lines, b.Rows, b.Rejected, b.Blank,
		b.Rescued,
		string(outputs), b.Error, b.Attempts, b.Retries, timeText(b.CreatedAt), timeText(b.UpdatedAt),
		timeText(b.StartedAt), timeText(b.EndedAt),
	), nil
}

// scanBatch reads the batchColumns of a row.
func scanBatch(row interface{ Scan(...any) error }) (pipeline.Batch, error) {
	var b pipeline.Batch
	var date, outputs string
	var num int
	if err := row.Scan(
		&date, &num, &b.ID, &b.Status, &b.ManifestPath, &b.FileCount, &b.Bytes, &b.Engine, &b.Lines, &b.Rows,
		&b.Rejected, &b.Blank, &b.Rescued,
		&outputs, &b.Error, &b.Attempts, &b.Retries, timeColumn{&b.CreatedAt}, timeColumn{&b.UpdatedAt},
		timeColumn{&b.StartedAt}, timeColumn{&b.EndedAt},
	); err != nil {
		return b, err
	}
	if err := json.Unmarshal([]byte(outputs), &b.Outputs); err != nil {
		return b, fmt.Errorf("the outputs of batch %s: %w", b.ID, err)
	}
	return b, nil
}

// collect scans all rows and closes them.
func collect[T any](rows *sql.Rows, err error, scan func(interface{ Scan(...any) error }) (T, error)) ([]T, error) {
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }() // where it matters the error is returned below
	var found []T
	for rows.Next() {
		r, err := scan(rows)
		if err != nil {
			return nil, err
		}
		found = append(found, r)
	}
	return found, errors.Join(rows.Err(), rows.Close())
}
