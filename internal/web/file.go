package web

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"ndjson-parquet/internal/pipeline"
)

type fileData struct {
	Name     string
	Versions []fileVersion
}

type fileVersion struct {
	pipeline.File
	Events     []event
	Advice     pipeline.Advice
	Fixes      []fix
	Quarantine string
	Rejects    string
	Parquet    []string
	Examples   []rejectedLine
	Batch      *pipeline.Batch
}

// An event is a line of a timeline.
type event struct {
	At     time.Time
	What   string
	Why    string
	After  string // the time since the event before
	Status string
}

func (s *Server) filePage(r *http.Request) (view, error) {
	date, key := r.URL.Query().Get("date"), r.URL.Query().Get("key")
	if !validDate(date) || key == "" {
		return view{}, errInput
	}
	rows, err := s.View.Ledger.Versions(r.Context(), date, key)
	if errors.Is(err, pipeline.ErrNotFound) {
		return view{}, fmt.Errorf("the ledger has no such file: %w", pipeline.ErrNotFound)
	}
	if err != nil {
		return view{}, err
	}
	d := fileData{Name: key}
	for _, f := range rows {
		story, err := s.View.Explain(r.Context(), f)
		if err != nil {
			return view{}, err
		}
		v := fileVersion{
			File: f, Advice: story.Next, Quarantine: story.Quarantine, Rejects: story.Rejects, Parquet: story.Parquet,
			Batch: story.Batch,
			Fixes: s.fixes(story.Next, f), Events: fileEvents(f, story.Batch),
		}
		if f.Rejected > 0 {
			v.Examples = s.outputs.rejectedOf(r.Context(), f, 10)
		}
		d.Versions = append(d.Versions, v)
	}
	return view{template: "file", title: visible(key), section: "dates", data: d}, nil
}

// fileEvents tells the journey of a file, with the reason of each step.
func fileEvents(f pipeline.File, b *pipeline.Batch) []event {
	events := []event{{At: f.CreatedAt, What: "Admitted", Why: "a new file in the input, " + size(f.Size)}}
	if f.Status == pipeline.Quarantined && b == nil {
		events[0] = event{At: f.CreatedAt, What: "Quarantined", Why: f.Reason + ": " + f.Detail, Status: "bad"}
		return events
	}
	if b == nil {
		return append(
			events,
			event{What: "Waits", Why: "for its batch to fill, or for its date to end", Status: "wait"},
		)
	}
	events = append(
		events,
		event{
			At:   b.CreatedAt,
			What: "Claimed",
			Why:  fmt.Sprintf("into batch %s with %s", b.ID, plural(b.FileCount, "file")),
		},
	)
	if !b.StartedAt.IsZero() {
		why := "the execution of its batch started"
		if b.Attempts > 1 {
			why = fmt.Sprintf("attempt %d of its batch started", b.Attempts)
		}
		events = append(events, event{At: b.StartedAt, What: "Converting", Why: why})
	}
	switch {
	case f.Status == pipeline.Completed:
		events = append(
			events,
			event{
				At:     b.EndedAt,
				What:   "Published",
				Why:    fmt.Sprintf("%s, %s rejected", plural(f.Rows, "row"), plural(f.Rejected, "line")),
				Status: "good",
			},
		)
	case f.Status.Final():
		why := f.Reason
		if f.Detail != "" {
			why += ": " + f.Detail
		} else if b.Error != "" {
			why += ": " + b.Error
		}
		events = append(
			events,
			event{
				At:     f.UpdatedAt,
				What:   strings.ToUpper(string(f.Status[:1])) + string(f.Status[1:]),
				Why:    why,
				Status: "bad",
			},
		)
	default:
		events = append(events, event{What: "Under way", Why: "the outcome is not known yet", Status: "busy"})
	}
	return spaced(events)
}

// spaced fills in the times between events.
func spaced(events []event) []event {
	for i := 1; i < len(events); i++ {
		if before := events[i-1].At; !before.IsZero() && !events[i].At.IsZero() {
			events[i].After = "+" + span(events[i].At.Sub(before))
		}
	}
	return events
}
