package report

import (
	"time"

	"ndjson-parquet/internal/pipeline"
)

// A DeadLetter is one dead letter.
type DeadLetter struct {
	Key       string `json:"file_key"`
	URI       string `json:"file_path"`
	Error     string `json:"error"`
	Attempts  int    `json:"attempts"`
	FirstSeen string `json:"first_seen"`
	LastSeen  string `json:"last_seen"`
}

// NewDeadLetters returns the forms of letters.
func NewDeadLetters(letters []pipeline.DeadLetter) []DeadLetter {
	all := []DeadLetter{}
	for _, d := range letters {
		all = append(all, DeadLetter{d.Key, d.URI, d.Error, d.Attempts, formatTime(d.FirstSeen),
			formatTime(d.LastSeen)})
	}
	return all
}

func formatTime(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }
