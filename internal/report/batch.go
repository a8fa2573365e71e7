package report

import (
	"time"

	"ndjson-parquet/internal/pipeline"
)

// A Batch is one batch of the ledger.
type Batch struct {
	ID           pipeline.BatchID `json:"batch_id"`
	Date         string           `json:"date_prefix"`
	Status       pipeline.Status  `json:"status"`
	Error        string           `json:"error_message,omitempty"`
	ManifestPath string           `json:"manifest_path"`
	FileCount    int              `json:"file_count"`
	Bytes        int64            `json:"bytes"`
	Engine       string           `json:"engine,omitempty"`
	Lines        int64            `json:"lines"`
	Rows         int64            `json:"rows"`
	Rejected     int64            `json:"rejected"`
	Rescued      int64            `json:"rescued"`
	Outputs      []Output         `json:"outputs"`
	Attempts     int              `json:"attempts"`
	Retries      int              `json:"retries"`
	CreatedAt    time.Time        `json:"created_at"`
	StartedAt    time.Time        `json:"started_at,omitzero"`
	EndedAt      time.Time        `json:"ended_at,omitzero"`
}

// NewBatch returns the form of b, whose output is at place output.
func NewBatch(b pipeline.Batch, output string) Batch {
	return Batch{
		b.ID, b.ID.Date(), b.Status, b.Error, b.ManifestPath, b.FileCount, b.Bytes, b.Engine, b.Lines, b.Rows,
		b.Rejected, b.Rescued,
		Outputs(output, b.Outputs), b.Attempts, b.Retries, b.CreatedAt, b.StartedAt, b.EndedAt,
	}
}
