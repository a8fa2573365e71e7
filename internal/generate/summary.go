package generate

import (
	"cmp"
	"maps"
	"slices"

	"ndjson-parquet/internal/pipeline"
)

// A Summary says what was generated, for comparison with what a pipeline made of it.
type Summary struct {
	Plan       Plan `json:"plan"`
	Deliveries int  `json:"deliveries"` // puts, further versions and duplicates included
	// The sums count the first version of each file. Only files that are not quarantined have rows
	// and rejects.
	Sums
	ByReason map[string]int  `json:"files_by_reason"` // of the quarantined
	Dates    map[string]Sums `json:"dates"`
	Files    []File          `json:"files"` // sorted by date and key

	byIndex map[int]*File
}

// Sums counts files.
type Sums struct {
	ByStatus map[pipeline.Status]int `json:"files_by_status"`
	Rows     int64                   `json:"rows"`
	Rejected int64                   `json:"rejected"`
	Bytes    int64                   `json:"bytes"`
}

func (s *Sums) add(f File) {
	if s.ByStatus == nil {
		s.ByStatus = map[pipeline.Status]int{}
	}
	s.ByStatus[f.Status]++
	first := f.Versions[0]
	s.Bytes += first.Bytes
	if f.Status == pipeline.Completed {
		s.Rows += first.Rows
		s.Rejected += first.Rejected
	}
}

func newSummary(p Plan) Summary { return Summary{Plan: p, byIndex: map[int]*File{}} }

// add records a delivery.
func (s *Summary) add(p Plan, d delivery, v Version) {
	s.Deliveries++
	f := s.byIndex[d.index]
	if f == nil {
		made := p.file(d.index)
		f = &made
		s.byIndex[d.index] = f
	}
	if d.version == len(f.Versions) {
		f.Versions = append(f.Versions, v)
	}
}

// finish sums up.
func (s *Summary) finish() {
	s.ByReason, s.Dates, s.Files = map[string]int{}, map[string]Sums{}, []File{}
	for _, i := range slices.Sorted(maps.Keys(s.byIndex)) {
		f := *s.byIndex[i]
		s.Files = append(s.Files, f)
		s.Sums.add(f)
		date := s.Dates[f.Date]
		date.add(f)
		s.Dates[f.Date] = date
		if f.Reason != "" {
			s.ByReason[f.Reason]++
		}
	}
	slices.SortFunc(s.Files, func(a, b File) int {
		return cmp.Or(cmp.Compare(a.Date, b.Date),
			cmp.Compare(a.Key, b.Key))
	})
	s.byIndex = nil
}
