package main

import (
	"time"

	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/pipeline"
)

// A summary is what run, status and convert print as JSON.
type summary struct {
	Files    map[pipeline.Status]int `json:"files"`
	Batches  int                     `json:"batches"`
	Lines    int64                   `json:"lines"`
	Rows     int64                   `json:"rows"`
	Rejected int64                   `json:"rejected"`
	Blank    int64                   `json:"blank"`
	Rescued  int64                   `json:"rescued"`
	BytesIn  int64                   `json:"bytes_in"`
	BytesOut int64                   `json:"bytes_out"`
	Outputs  []outputJSON            `json:"outputs"`
	Seconds  float64                 `json:"seconds,omitempty"`

	BatchesByStatus map[pipeline.Status]int `json:"batches_by_status,omitempty"`
	StillWritten    int                     `json:"still_written,omitempty"`
	DeadLetters     int                     `json:"dead_letters,omitempty"`
	Dates           []dateJSON              `json:"dates,omitempty"`
}

// An outputJSON is one Parquet object.
type outputJSON struct {
	Path string `json:"path"` // a local path, or an s3:// URL
	pipeline.Output
}

// A dateJSON is one date of a status.
type dateJSON struct {
	Date     string                  `json:"date"`
	Files    map[pipeline.Status]int `json:"files"`
	Rows     int64                   `json:"rows"`
	Rejected int64                   `json:"rejected"`
	Rescued  int64                   `json:"rescued"`
	BytesIn  int64                   `json:"bytes_in"`
}

func outputsJSON(place string, outputs []pipeline.Output) []outputJSON {
	all := []outputJSON{}
	for _, o := range outputs {
		all = append(all, outputJSON{home.Join(place, o.Key), o})
	}
	return all
}

func (s *summary) addCounts(c pipeline.Counts) {
	s.Lines += c.Lines
	s.Rows += c.Rows
	s.Rejected += c.Rejected
	s.Blank += c.Blank
	s.Rescued += c.Rescued
}

func runSummary(output string, r home.RunReport, took time.Duration) summary {
	s := summary{
		Files: r.Files, Batches: len(r.Batches), BytesIn: r.BytesIn, BytesOut: r.BytesOut, Seconds: took.Seconds(),
		Outputs: outputsJSON(output, r.Outputs()), StillWritten: r.StillWritten, DeadLetters: r.DeadLetters,
		BatchesByStatus: map[pipeline.Status]int{},
	}
	s.addCounts(r.Counts)
	for _, b := range r.Batches {
		s.BatchesByStatus[b.Status]++
	}
	return s
}
