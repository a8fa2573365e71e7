package report

import (
	"time"

	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/pipeline"
)

// A Summary is what run, status and convert print.
type Summary struct {
	Files    map[pipeline.Status]int `json:"files"`
	Batches  int                     `json:"batches"`
	Lines    int64                   `json:"lines"`
	Rows     int64                   `json:"rows"`
	Rejected int64                   `json:"rejected"`
	Blank    int64                   `json:"blank"`
	Rescued  int64                   `json:"rescued"`
	BytesIn  int64                   `json:"bytes_in"`
	BytesOut int64                   `json:"bytes_out"`
	Outputs  []Output                `json:"outputs"`
	Seconds  float64                 `json:"seconds,omitempty"`

	BatchesByStatus map[pipeline.Status]int `json:"batches_by_status,omitempty"`
	StillWritten    int                     `json:"still_written,omitempty"`
	DeadLetters     int                     `json:"dead_letters,omitempty"`
	Dates           []Date                  `json:"dates,omitempty"`

	Oddities []pipeline.Oddity `json:"oddities,omitempty"`

	LeftOut []LeftOut `json:"left_out,omitempty"` // files of the input that were not read, and why
	Ignored int       `json:"ignored,omitempty"`  // hidden and unfinished files, and markers
}

// A LeftOut is a file of the input that was not read.
type LeftOut struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
}

// A Date is one date of a status.
type Date struct {
	Date     string                  `json:"date"`
	Files    map[pipeline.Status]int `json:"files"`
	Rows     int64                   `json:"rows"`
	Rejected int64                   `json:"rejected"`
	Rescued  int64                   `json:"rescued"`
	BytesIn  int64                   `json:"bytes_in"`
}

// NewDate returns the form of d.
func NewDate(d pipeline.DateSummary) Date {
	return Date{d.Date, d.Files, d.Rows, d.Rejected, d.Rescued, d.Bytes}
}

// An Output is one Parquet object.
type Output struct {
	Path string `json:"path"` // a local path, or an s3:// URL
	pipeline.Output
}

// Outputs are the objects of a batch whose output is at place.
func Outputs(place string, outputs []pipeline.Output) []Output {
	all := []Output{}
	for _, o := range outputs {
		all = append(all, Output{home.Join(place, o.Key), o})
	}
	return all
}

// AddCounts adds c to the counts of s.
func (s *Summary) AddCounts(c pipeline.Counts) {
	s.Lines += c.Lines
	s.Rows += c.Rows
	s.Rejected += c.Rejected
	s.Blank += c.Blank
	s.Rescued += c.Rescued
}

// Run summarises a run whose output is at place.
func Run(place string, r home.RunReport, took time.Duration) Summary {
	s := Summary{
		Files: r.Files, Batches: len(r.Batches), BytesIn: r.BytesIn, BytesOut: r.BytesOut, Seconds: took.Seconds(),
		Outputs: Outputs(place, r.Outputs()), StillWritten: r.StillWritten, DeadLetters: r.DeadLetters,
		BatchesByStatus: map[pipeline.Status]int{}, Oddities: r.Oddities,
	}
	s.AddCounts(r.Counts)
	for _, b := range r.Batches {
		s.BatchesByStatus[b.Status]++
	}
	return s
}
