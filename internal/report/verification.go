package report

import (
	"ndjson-parquet/internal/generate"
	"ndjson-parquet/internal/pipeline"
)

// A Verification is the report of a verification.
type Verification struct {
	OK       bool               `json:"ok"`
	Batches  int                `json:"batches"`
	UnderWay int                `json:"under_way"`
	Files    int                `json:"files"`
	Outputs  int                `json:"outputs"`
	Rows     int64              `json:"rows"`
	BytesOut int64              `json:"bytes_out"`
	Findings []pipeline.Finding `json:"findings"`
	// Against is the comparison with generated files, which only --against makes. Its findings are
	// among the others.
	Against *generate.Comparison `json:"against,omitempty"`
}

// NewVerification returns the form of r.
func NewVerification(r pipeline.VerifyReport) Verification {
	return Verification{
		OK: len(r.Findings) == 0, Batches: r.Batches, UnderWay: r.UnderWay, Files: r.Files, Outputs: r.Outputs,
		Rows:     r.Rows,
		BytesOut: r.Bytes, Findings: append([]pipeline.Finding{}, r.Findings...),
	}
}
