package pipeline

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"ndjson-parquet/convert"
	"ndjson-parquet/convert/schema"
)

// An outcome is what one run of a batch found in its files. It is part of the footer of the Parquet
// object that the run publishes, so that whichever run puts the object also decides the commit: a
// later run can complete that commit from the object alone. docs/FORMATS.md describes its JSON.
type outcome struct {
	Batch   BatchID         `json:"batch"`
	Sources []sourceOutcome `json:"sources"` // in the manifest's order
	Schema  *schema.Schema  `json:"schema"`  // of the object, without the system's columns
	// Oddities are those of the completed files.
	Oddities []Oddity `json:"oddities,omitempty"`
}

// An Oddity is something unusual in the files of a batch that did not stop the conversion, with the
// place of its first occurrence. docs/FORMATS.md lists the kinds.
type Oddity struct {
	Kind   string `json:"kind"`
	Column string `json:"column,omitempty"`
	Count  int64  `json:"count"`
	URI    string `json:"uri"`
	Line   int64  `json:"line,omitempty"`
	Offset int64  `json:"offset"`
	Detail string `json:"detail"`
}

// A sourceOutcome is what became of one file.
type sourceOutcome struct {
	Lines    int64  `json:"lines,omitempty"`
	Rows     int64  `json:"rows,omitempty"`
	Rejected int64  `json:"rejected,omitempty"`
	Blank    int64  `json:"blank,omitempty"`
	Rescued  int64  `json:"rescued,omitempty"`
	Reason   string `json:"reason,omitempty"` // empty: completed
	Detail   string `json:"detail,omitempty"`
}

// UnmarshalJSON also reads the names that the counts had in objects of earlier versions.
func (s *sourceOutcome) UnmarshalJSON(data []byte) error {
	type current sourceOutcome
	var read struct {
		current
		Lines    int64 `json:"l"`
		Rows     int64 `json:"n"`
		Rejected int64 `json:"x"`
		Blank    int64 `json:"b"`
		Rescued  int64 `json:"r"`
	}
	if err := json.Unmarshal(data, &read); err != nil {
		return err
	}
	*s = sourceOutcome(read.current)
	s.Lines += read.Lines
	s.Rows += read.Rows
	s.Rejected += read.Rejected
	s.Blank += read.Blank
	s.Rescued += read.Rescued
	return nil
}

func (s sourceOutcome) status() Status {
	switch s.Reason {
	case "":
		return Completed
	case ReasonTooManyRejects, ReasonNotNDJSON, ReasonTooLargeDecompressed, ReasonTooSlow:
		return Quarantined
	}
	return Failed
}

// outcomeKey is the entry of the footer's metadata that holds the outcome.
const outcomeKey = "ndjson-parquet.outcome"

// outcomeOf returns the outcome of a conversion.
func outcomeOf(id BatchID, r *convert.Result) outcome {
	o := outcome{Batch: id, Schema: r.Schema}
	for _, s := range r.Sources {
		f := sourceOutcome{Lines: s.Lines, Rows: s.Rows, Rejected: s.Rejected, Blank: s.Blank, Rescued: s.Rescued}
		if s.Err != nil {
			f = sourceOutcome{Reason: ReasonUnreadable, Detail: s.Err.Error()}
			switch {
			case errors.Is(s.Err, errIsolated):
				f.Reason = ReasonIsolated
			case errors.Is(s.Err, convert.ErrTooManyRejects):
				f.Reason = ReasonTooManyRejects
			case errors.Is(s.Err, convert.ErrNotNDJSON):
				f.Reason = ReasonNotNDJSON
			case errors.Is(s.Err, convert.ErrTooLargeDecompressed):
				f.Reason = ReasonTooLargeDecompressed
			case errors.Is(s.Err, convert.ErrTooSlow):
				f.Reason = ReasonTooSlow
			case errors.Is(s.Err, convert.ErrChanged):
				f.Reason = ReasonConflict
			case errors.Is(s.Err, convert.ErrMissing):
				f.Reason = ReasonMissing
			}
		}
		o.Sources = append(o.Sources, f)
	}
	o.Oddities = Oddities(r.Oddities)
	return o
}

// mayDiffer reports whether another run of a batch may find rows where r has none: a file that is
// gone, changed or unreadable now may have been read by a run that is still going on. Such a run
// publishes an object without rows, so that the object decides between them as it does between runs
// with rows. What follows from the content of the files is the same in every run.
func mayDiffer(r *convert.Result) bool {
	for _, s := range r.Sources {
		if s.Err != nil && !isAboutContent(s.Err) {
			return true
		}
	}
	return false
}

// outcomeMetadata returns the function with which the converter makes the footer's entry.
func outcomeMetadata(id BatchID) func(*convert.Result) []convert.MetadataEntry {
	return func(r *convert.Result) []convert.MetadataEntry {
		value, err := json.Marshal(outcomeOf(id, r))
		if err != nil {
			panic(err) // strings and numbers can always be marshalled
		}
		return []convert.MetadataEntry{{Key: outcomeKey, Value: string(value)}}
	}
}

// readOutcome reads the outcome and the number of rows from a Parquet object's footer.
func readOutcome(r io.ReaderAt, size int64) (outcome, int64, error) {
	var o outcome
	footer, err := convert.ReadFooter(r, size)
	if err != nil {
		return o, 0, err
	}
	value, ok := footer.Metadata[outcomeKey]
	if !ok {
		return o, 0, fmt.Errorf("its footer has no entry %s", outcomeKey)
	}
	if err := json.Unmarshal([]byte(value), &o); err != nil {
		return o, 0, fmt.Errorf("the entry %s of its footer is not valid: %w", outcomeKey, err)
	}
	return o, footer.Rows, nil
}

// Oddities returns the oddities of a conversion in the form of commit records.
func Oddities(all []convert.Oddity) []Oddity {
	var found []Oddity
	for _, o := range all {
		found = append(found, Oddity{
			Kind: string(o.Kind), Column: o.Column, Count: o.Count, URI: o.First.URI, Line: o.First.Line,
			Offset: o.First.Offset, Detail: o.Detail,
		})
	}
	return found
}

// MergeOddities adds up the oddities of one kind and column, in the order of their first
// occurrences.
func MergeOddities(all []Oddity) []Oddity {
	type key struct{ kind, column string }
	at := map[key]int{}
	var merged []Oddity
	for _, o := range all {
		k := key{o.Kind, o.Column}
		if i, ok := at[k]; ok {
			merged[i].Count += o.Count
			continue
		}
		at[k] = len(merged)
		merged = append(merged, o)
	}
	return merged
}
