package pipeline

import (
	"fmt"
	"regexp"
	"time"
)

// A BatchID identifies a batch: "<date>-<num>-<YYYYMMDD-HHMMSS>". Its execution, manifest and
// outputs are named after it.
type BatchID string

var batchIDForm = regexp.MustCompile(`^(\d{4}-\d{2}-\d{2})-(\d{4,}-\d{8}-\d{6})$`)

// NewBatchID returns the id of a date's num-th batch (from 1), claimed at t.
func NewBatchID(date string, num int, t time.Time) BatchID {
	return BatchID(fmt.Sprintf("%s-%04d-%s", date, num, t.UTC().Format(batchTimeLayout)))
}

// ParseBatchID returns s as a BatchID if it has the form of one.
func ParseBatchID(s string) (BatchID, error) {
	if !batchIDForm.MatchString(s) {
		return "", fmt.Errorf("%q is not a batch id such as 2025-01-17-0001-20250117-143100 (see the batches command)",
			s)
	}
	return BatchID(s), nil
}

// Date is the batch's date prefix.
func (b BatchID) Date() string { return string(b)[:10] }

// Name is the id without its date. File names and row keys contain it.
func (b BatchID) Name() string { return string(b)[11:] }

// A Batch is the files that were claimed together and are converted and published together.
type Batch struct {
	ID           BatchID
	Status       Status
	ManifestPath string // address, known from the claim on
	FileCount    int
	Bytes        int64 // stored size of its files
	Engine       string
	Counts
	Outputs  []Output
	Error    string // why it failed
	Attempts int    // executions started since the last retry
	// Retries counts the retry commands. The execution after each has a name of its own.
	Retries   int
	CreatedAt time.Time // time of the claim, and the batch's processing timestamp
	UpdatedAt time.Time
	StartedAt time.Time
	EndedAt   time.Time
}

// ExecutionName is the name of the batch's present execution: its id, with a suffix after a retry.
func (b Batch) ExecutionName() string {
	if b.Retries == 0 {
		return string(b.ID)
	}
	return fmt.Sprintf("%s-r%d", b.ID, b.Retries)
}

// An Output is one Parquet object of a batch.
type Output struct {
	Key    string `json:"key"`
	Rows   int64  `json:"rows"`
	Size   int64  `json:"size_bytes"`
	SHA256 string `json:"sha256"`
}
