package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"ndjson-parquet/internal/pipeline"
)

// A fix is an action that a button performs, and the command that does the same.
type fix struct {
	Action, Date, Key string
	Batch             pipeline.BatchID
	Command           string
}

// Label is what the button says.
func (f fix) Label() string {
	return map[string]string{"release": "Release", "retry": "Retry", "redrive": "Redrive", "flush": "Flush"}[f.Action]
}

// URL is the page that asks before the action.
func (f fix) URL() string {
	return "/confirm?" + url.Values{
		"action": {f.Action},
		"date":   {f.Date},
		"key":    {f.Key},
		"batch":  {string(f.Batch)},
	}.Encode()
}

func newFix(action, date, key string, batch pipeline.BatchID) fix {
	args := []string{action}
	switch action {
	case "flush":
		args = append(args, date)
	case "release":
		args = append(args, key)
	case "retry":
		args = append(args, string(batch))
	}
	return fix{action, date, key, batch, pipeline.Command{Args: args}.String()}
}

// fixes are the commands of an advice that a button can perform.
func (s *Server) fixes(a pipeline.Advice, f pipeline.File) []fix {
	var list []fix
	for _, c := range a.Commands {
		switch c.Args[0] {
		case "flush":
			list = append(list, newFix("flush", f.DatePrefix, "", ""))
		case "release":
			list = append(list, newFix("release", f.DatePrefix, f.Key, ""))
		case "retry":
			if c.Args[1] == string(f.BatchID) { // the retry of a single file has no button
				list = append(list, newFix("retry", "", "", f.BatchID))
			}
		}
	}
	return list
}

// A group is what waits for an operator for one reason.
type group struct {
	ID, Title, Text string
	Class           string
	Count           int // -1: not counted
	Items           []item
	More            bool
}

// An item is one thing to look at.
type item struct {
	Name, Link   string
	Reason, Text string
	At           time.Time
	Fixes        []fix
}

// mostExamined bounds the rows that are read for one group.
const mostExamined = 2000

// attention gathers what waits for an operator, the most urgent first; at most so many items a
// group.
func (s *Server) attention(ctx context.Context, o overview, most int) ([]group, error) {
	failedBatches := group{
		ID:    "batches",
		Title: "Failed batches",
		Class: "bad",
		Text:  "Nothing of these batches is published.",
	}
	failed := group{
		ID:    "failed",
		Title: "Failed files",
		Class: "bad",
		Count: 0,
		Text:  "The other files of their batches are published.",
	}
	seen := map[pipeline.BatchID]int{}
	examined := 0
	for f, err := range s.View.Ledger.Files(ctx, "", pipeline.Failed) {
		if err != nil {
			return nil, err
		}
		if examined++; examined > mostExamined {
			failed.More, failedBatches.More = true, true
			break
		}
		if f.Reason != pipeline.ReasonBatchFailed {
			failed.add(s.itemOf(f), most)
			continue
		}
		if seen[f.BatchID]++; seen[f.BatchID] == 1 {
			b, _, err := s.View.Ledger.Batch(ctx, f.BatchID)
			if err != nil {
				return nil, err
			}
			failedBatches.add(item{
				Name: string(
					b.ID,
				), Link: "/batches/" + string(b.ID), Reason: plural(b.FileCount, "file"), Text: b.Error, At: b.EndedAt,
				Fixes: []fix{newFix("retry", "", "", b.ID)},
			}, most)
		}
	}
	letters, err := s.deadLetters(ctx, most)
	if err != nil {
		return nil, err
	}
	letters.Count = o.Letters
	quarantined := group{
		ID:    "quarantined",
		Title: "Quarantined files",
		Class: "bad",
		Text:  "These files are kept, and not published.",
	}
	examined = 0
	for f, err := range s.View.Ledger.Files(ctx, "", pipeline.Quarantined) {
		if err != nil {
			return nil, err
		}
		if examined++; examined > mostExamined {
			quarantined.More = true
			break
		}
		quarantined.add(s.itemOf(f), most)
	}
	quarantined.Count = max(quarantined.Count, o.Files[pipeline.Quarantined])
	groups := []group{failedBatches, letters, failed, s.stalled(o, most), quarantined, rejectedBatches(o, most)}
	return slices.DeleteFunc(groups, func(g group) bool { return g.Count == 0 }), nil
}

// add counts an item and keeps it if there is room.
func (g *group) add(i item, most int) {
	g.Count++
	if len(g.Items) < most {
		g.Items = append(g.Items, i)
	} else {
		g.More = true
	}
}

func (s *Server) itemOf(f pipeline.File) item {
	advice := pipeline.Advise(f, s.View.Resumption)
	text := f.Detail
	if text == "" {
		text = advice.Text
	}
	return item{
		Name: f.Key, Link: fileURL(f.DatePrefix, f.Key), Reason: f.Reason, Text: text, At: f.UpdatedAt,
		Fixes: s.fixes(advice, f),
	}
}

func (s *Server) deadLetters(ctx context.Context, most int) (group, error) {
	g := group{
		ID:    "letters",
		Title: "Dead letters",
		Class: "bad",
		Text:  "These arrivals could not be admitted, after several attempts.",
	}
	letters, err := s.View.RecordedDeadLetters(ctx, mostLetters)
	for _, d := range letters {
		g.add(item{
			Name: d.Key, Reason: plural(d.Attempts, "attempt"), Text: d.Error, At: d.LastSeen,
			Fixes: []fix{newFix("redrive", "", "", "")},
		}, most)
	}
	return g, err
}

// stalledAfter is when a batch that does not move deserves a look.
const stalledAfter = 5 * time.Minute

func (s *Server) stalled(o overview, most int) group {
	g := group{
		ID:    "stalled",
		Title: "Batches that do not move",
		Class: "warn",
		Text:  "A running pipeline continues them by itself. Check that one is running.",
	}
	for _, b := range o.Live() {
		if still := o.At.Sub(b.UpdatedAt); still > stalledAfter {
			g.add(
				item{
					Name:   string(b.ID),
					Link:   "/batches/" + string(b.ID),
					Reason: string(b.Status),
					Text:   "for " + span(still),
					At:     b.UpdatedAt,
				},
				most,
			)
		}
	}
	return g
}

// rejectedBatches lists recent batches with rejected lines. Their files are published; there is
// nothing to run.
func rejectedBatches(o overview, most int) group {
	g := group{
		ID: "rejected", Title: "Batches with rejected lines", Class: "warn",
		Text: "Their valid lines are published. Correct the rejected ones and put them into the input as a new file.",
	}
	for _, b := range o.Batches {
		if b.Rejected > 0 && b.Status == pipeline.Completed {
			g.add(
				item{
					Name:   string(b.ID),
					Link:   "/batches/" + string(b.ID) + "#rejected",
					Reason: plural(b.Rejected, "line"),
					At:     b.EndedAt,
				},
				most,
			)
		}
	}
	return g
}

type attentionData struct {
	Groups  []group
	Waiting []waiting
	Queue   bool // dead letters may be in a queue, which this page does not read
	At      time.Time
}

// A waiting is a date with pending files.
type waiting struct {
	Date  string
	Files int
	For   string
	Fix   fix
}

func (s *Server) attentionPage(r *http.Request) (view, error) {
	o, err := s.overview(r.Context())
	if err != nil {
		return view{}, err
	}
	const most = 100
	d := attentionData{At: o.At, Queue: s.View.Resumption == pipeline.ResumedBySweep}
	if d.Groups, err = s.attention(r.Context(), o, most); err != nil {
		return view{}, err
	}
	for _, p := range o.Pending {
		i := slices.IndexFunc(o.Dates, func(d pipeline.DateSummary) bool { return d.Date == p.Date })
		if i >= 0 {
			d.Waiting = append(
				d.Waiting,
				waiting{
					p.Date,
					o.Dates[i].Files[pipeline.Pending],
					span(o.At.Sub(p.Oldest)),
					newFix("flush", p.Date, "", ""),
				},
			)
		}
	}
	return view{template: "attention", title: "Attention", section: "attention", data: d}, nil
}

// String names a fix in a log.
func (f fix) String() string { return fmt.Sprintf("%s %s", f.Action, f.Command) }
