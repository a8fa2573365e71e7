package report

import (
	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/pipeline"
)

// A Story is everything known about one version of a file.
type Story struct {
	File
	Batch      *Batch             `json:"batch,omitempty"`
	Quarantine string             `json:"quarantine_path,omitempty"`
	Rejects    string             `json:"rejected_path,omitempty"`
	Parquet    []string           `json:"parquet,omitempty"`
	Oddities   []pipeline.Oddity  `json:"batch_oddities,omitempty"`
	Next       string             `json:"next"`
	Commands   []pipeline.Command `json:"next_commands,omitempty"`
}

// NewStory returns the form of s, whose output is at place output.
func NewStory(s home.Story, output string) Story {
	j := Story{
		File: NewFile(s.File), Quarantine: s.Quarantine, Rejects: s.Rejects, Parquet: s.Parquet, Oddities: s.Oddities,
		Next: s.Next.String(), Commands: s.Next.Commands,
	}
	if s.Batch != nil {
		b := NewBatch(*s.Batch, output)
		j.Batch = &b
	}
	return j
}
