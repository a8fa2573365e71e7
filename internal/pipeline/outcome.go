package pipeline

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"ndjson-parquet/convert"
	"ndjson-parquet/convert/schema"
)

// An outcome is what one run of a batch found in its files. It is part of the footer of the Parquet object that the run
// publishes, so that the atomic put of the object decides everything: whoever comes later can complete the commit.
type outcome struct {
	Batch   BatchID         `json:"batch"`
	Sources []sourceOutcome `json:"sources"` // in the manifest's order
	Schema  *schema.Schema  `json:"schema"`  // what the object has, without the system's columns
}

// A sourceOutcome is what became of one file.
type sourceOutcome struct {
	Lines    int64  `json:"l,omitempty"`
	Rows     int64  `json:"n,omitempty"`
	Rejected int64  `json:"x,omitempty"`
	Blank    int64  `json:"b,omitempty"`
	Rescued  int64  `json:"r,omitempty"`
	Reason   string `json:"reason,omitempty"` // empty: completed
	Detail   string `json:"detail,omitempty"`
}

func (s sourceOutcome) status() Status {
	switch s.Reason {
	case "":
		return Completed
	case ReasonTooManyRejects:
		return Quarantined
	}
	return Failed
}

// outcomeKey is the entry of the footer's metadata.
const outcomeKey = "ndjson-parquet.outcome"

// outcomeOf turns a conversion's result into its outcome.
func outcomeOf(id BatchID, r *convert.Result) outcome {
	o := outcome{Batch: id, Schema: r.Schema}
	for _, s := range r.Sources {
		f := sourceOutcome{Lines: s.Lines, Rows: s.Rows, Rejected: s.Rejected, Blank: s.Blank, Rescued: s.Rescued}
		if s.Err != nil {
			f = sourceOutcome{Reason: ReasonUnreadable, Detail: s.Err.Error()}
			switch {
			case errors.Is(s.Err, convert.ErrTooManyRejects):
				f.Reason = ReasonTooManyRejects
			case errors.Is(s.Err, convert.ErrChanged):
				f.Reason = ReasonConflict
			case errors.Is(s.Err, convert.ErrMissing):
				f.Reason = ReasonMissing
			}
		}
		o.Sources = append(o.Sources, f)
	}
	return o
}

// outcomeMetadata gives the converter the entry for the footer.
func outcomeMetadata(id BatchID) func(*convert.Result) []convert.MetadataEntry {
	return func(r *convert.Result) []convert.MetadataEntry {
		value, err := json.Marshal(outcomeOf(id, r))
		if err != nil {
			panic(err) // of strings and numbers: it cannot be
		}
		return []convert.MetadataEntry{{Key: outcomeKey, Value: string(value)}}
	}
}

// readOutcome reads the outcome, and the number of rows, from a Parquet object's footer.
func readOutcome(r io.ReaderAt, size int64) (outcome, int64, error) {
	var o outcome
	footer, err := convert.ReadFooter(r, size)
	if err != nil {
		return o, 0, err
	}
	value, ok := footer.Metadata[outcomeKey]
	if !ok {
		return o, 0, errors.New("its footer does not say which batch it is of")
	}
	if err := json.Unmarshal([]byte(value), &o); err != nil {
		return o, 0, fmt.Errorf("its footer is not valid: %w", err)
	}
	return o, footer.Rows, nil
}
