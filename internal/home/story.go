package home

import (
	"context"
	"errors"

	"ndjson-parquet/internal/pipeline"
)

// A Story is all there is to know about one version of a file.
type Story struct {
	File       pipeline.File
	Batch      *pipeline.Batch   // nil before the claim
	Quarantine string            // the address of its quarantined copy, if it is quarantined
	Rejects    string            // the address of its batch's rejected records, if it has any
	Parquet    []string          // the addresses of the objects that have its rows
	Oddities   []pipeline.Oddity // of its batch, if it is completed
	Next       pipeline.Advice
}

// Explain gathers what is known about a row of the ledger.
func (v *View) Explain(ctx context.Context, f pipeline.File) (Story, error) {
	s := Story{File: f, Next: pipeline.Advise(f, v.Resumption)}
	if f.Status == pipeline.Quarantined {
		s.Quarantine = Join(v.Places.Quarantine, pipeline.QuarantineKey(f))
	}
	if f.BatchID == "" {
		return s, nil
	}
	b, _, err := v.Ledger.Batch(ctx, f.BatchID)
	if err != nil {
		return s, err
	}
	s.Batch = &b
	if f.Status == pipeline.Completed && f.Rows > 0 {
		for _, o := range b.Outputs {
			s.Parquet = append(s.Parquet, Join(v.Places.Output, o.Key))
		}
	}
	if f.Status == pipeline.Completed {
		commit, err := v.ReadCommit(ctx, f.BatchID)
		if err != nil && !errors.Is(err, pipeline.ErrNotFound) {
			return s, err
		}
		s.Oddities = commit.Oddities
	}
	if f.Rejected > 0 {
		s.Rejects = Join(v.Places.Quarantine, pipeline.RejectedKey(f.BatchID))
	}
	return s, nil
}
