package generate

import (
	"context"
	"fmt"
	"iter"
	"maps"
	"regexp"
	"slices"

	"ndjson-parquet/internal/pipeline"
)

// A Ledger is what Compare needs of a pipeline's ledger.
type Ledger interface {
	Files(ctx context.Context, date string, status pipeline.Status) iter.Seq2[pipeline.File, error]
}

// A Comparison says whether a pipeline did with generated files what it should have done.
type Comparison struct {
	Files    int                `json:"files"` // compared
	Rows     int64              `json:"rows"`  // published, of those files
	Rejected int64              `json:"rejected"`
	Findings []pipeline.Finding `json:"findings"`
}

// Compare looks up the files of a summary in a ledger. Files of other origin do not matter.
func Compare(ctx context.Context, s Summary, ledger Ledger) (Comparison, error) {
	expected := map[string]map[string]*expectation{} // by date and key
	for _, f := range s.Files {
		if expected[f.Date] == nil {
			expected[f.Date] = map[string]*expectation{}
		}
		expected[f.Date][f.Key] = &expectation{File: f}
	}
	c := Comparison{Files: len(s.Files), Findings: []pipeline.Finding{}}
	for _, date := range slices.Sorted(maps.Keys(expected)) {
		for row, err := range ledger.Files(ctx, date, "") {
			if err != nil {
				return c, err
			}
			if e := find(expected[date], row.Key); e != nil {
				e.rows = append(e.rows, row)
				c.Rows += row.Rows
				c.Rejected += row.Rejected
			}
		}
	}
	for _, f := range s.Files {
		for _, detail := range expected[f.Date][f.Key].check() {
			c.Findings = append(c.Findings, pipeline.Finding{Place: f.Key, Detail: detail})
		}
	}
	return c, nil
}

// furtherVersion matches the key of a version that is kept beside the first.
var furtherVersion = regexp.MustCompile(`(?s)^(.*)#[0-9a-f]{12}$`)

func find(byKey map[string]*expectation, key string) *expectation {
	if e := byKey[key]; e != nil {
		return e
	}
	if m := furtherVersion.FindStringSubmatch(key); m != nil {
		return byKey[m[1]]
	}
	return nil
}

// An expectation is a generated file and the ledger's rows of it.
type expectation struct {
	File
	rows []pipeline.File
}

// check says what does not agree.
func (e *expectation) check() []string {
	if len(e.rows) == 0 {
		return []string{"generated, but not in the ledger"}
	}
	var details []string
	completed := 0
	for _, row := range e.rows {
		switch {
		case !row.Status.Final():
			details = append(details, fmt.Sprintf("%s: expected it to be %s", row.Status, e.Status))
		case row.Status == pipeline.Quarantined && row.Reason == pipeline.ReasonOverwritten:
			// A put that came after the claim: its bytes are kept, and not published.
		case row.Status != e.Status || row.Reason != e.Reason:
			details = append(details, fmt.Sprintf("%s %s: expected %s %s", row.Status, row.Reason, e.Status, e.Reason))
		case row.Status == pipeline.Completed:
			completed++
			if !slices.ContainsFunc(e.Versions, func(v Version) bool {
				return v.Rows == row.Rows &&
					v.Rejected == row.Rejected
			}) {
				details = append(details, fmt.Sprintf("%d rows and %d rejected lines: expected %s", row.Rows,
					row.Rejected, e.counts()))
			}
		}
	}
	if e.Status == pipeline.Completed && completed == 0 && len(details) == 0 {
		details = append(details, "none of its versions is published")
	}
	return details
}

func (e *expectation) counts() string {
	text := ""
	for i, v := range e.Versions {
		if i > 0 {
			text += ", or "
		}
		text += fmt.Sprintf("%d and %d", v.Rows, v.Rejected)
	}
	return text
}
