package report

import (
	"time"

	"ndjson-parquet/internal/pipeline"
)

// A File is one row of the ledger.
type File struct {
	Key       string          `json:"file_key"`
	Date      string          `json:"date_prefix"`
	Status    pipeline.Status `json:"status"`
	Reason    string          `json:"reason,omitempty"`
	Detail    string          `json:"detail,omitempty"`
	Batch     string          `json:"batch_id,omitempty"`
	Path      string          `json:"file_path"`
	ETag      string          `json:"etag"`
	Size      int64           `json:"size_bytes"`
	Lines     int64           `json:"lines"`
	Rows      int64           `json:"rows"`
	Rejected  int64           `json:"rejected"`
	Blank     int64           `json:"blank"`
	Rescued   int64           `json:"rescued"`
	Attempts  int             `json:"attempts,omitempty"`
	CreatedAt time.Time       `json:"created_at"`
	UpdatedAt time.Time       `json:"updated_at"`
}

// NewFile returns the form of f.
func NewFile(f pipeline.File) File {
	return File{
		f.Key, f.DatePrefix, f.Status, f.Reason, f.Detail, string(f.BatchID), f.Path, f.ETag, f.Size,
		f.Lines, f.Rows, f.Rejected, f.Blank, f.Rescued, f.Attempts, f.CreatedAt, f.UpdatedAt,
	}
}
