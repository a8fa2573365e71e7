package web

import (
	"net/http"
	"time"

	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/pipeline"
)

// A step is one station of the journey.
type step struct {
	Name, Status string
	Files        int
	Unit         string
	Lag          string // how long the oldest has been there
	Class        string
	Link         string
}

type nowData struct {
	overview
	Steps      []step
	Aside      []step // where the journey ends early
	Throughput chart
	Latency    chart
	Latest     []pipeline.Batch
	Attention  []group
	Waiting    []pipeline.PendingDate
	Progress   home.Progress
	Places     home.Places
}

func (s *Server) nowPage(r *http.Request) (view, error) {
	o, err := s.overview(r.Context())
	if err != nil {
		return view{}, err
	}
	groups, err := s.attention(r.Context(), o, 3)
	if err != nil {
		return view{}, err
	}
	d := nowData{
		overview: o, Throughput: throughput(o.Batches, o.At), Latency: latencies(o.Batches),
		Latest:    o.Batches[:min(8, len(o.Batches))],
		Attention: groups, Waiting: o.Pending, Places: s.View.Places,
	}
	if s.Progress != nil {
		d.Progress = s.Progress()
	}
	d.Steps, d.Aside = journey(o)
	return view{template: "now", title: "Now", section: "now", data: d}, nil
}

// journey counts the files at each step.
func journey(o overview) (steps, aside []step) {
	lag := func(since time.Time, what string) string {
		if since.IsZero() {
			return ""
		}
		return what + " " + span(o.At.Sub(since))
	}
	steps = []step{
		{
			Name:   "Waiting",
			Status: "pending",
			Files:  o.Files[pipeline.Pending],
			Lag:    lag(o.OldestPending(), "oldest"),
			Class:  "wait",
		},
		{
			Name:   "In a batch",
			Status: "manifested",
			Files:  o.Files[pipeline.Manifested],
			Lag:    lag(o.oldest(pipeline.Manifested), "for"),
			Class:  "busy",
		},
		{
			Name:   "Converting",
			Status: "processing",
			Files:  o.Files[pipeline.Processing],
			Lag:    lag(o.oldest(pipeline.Processing), "for"),
			Class:  "busy",
		},
		{
			Name:   "Published",
			Status: "completed",
			Files:  o.Files[pipeline.Completed],
			Lag:    plural(o.Rows, "row"),
			Class:  "good",
		},
	}
	aside = []step{
		{
			Name:   "Quarantined",
			Status: "quarantined",
			Files:  o.Files[pipeline.Quarantined],
			Class:  "bad",
			Link:   "/attention#quarantined",
		},
		{Name: "Failed", Status: "failed", Files: o.Files[pipeline.Failed], Class: "bad", Link: "/attention#failed"},
		{Name: "Rejected lines", Files: int(o.Rejected), Class: "warn", Link: "/data#rejected"},
		{Name: "Rescued values", Files: int(o.Rescued), Class: "warn", Link: "/data#rescued"},
	}
	return steps, aside
}
