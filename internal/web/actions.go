package web

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"ndjson-parquet/internal/pipeline"
)

type confirmData struct {
	Fix  fix
	What string // what will happen
	Of   string // the file, batch or date it is about
}

// confirmPage asks before an action.
func (s *Server) confirmPage(r *http.Request) (view, error) {
	q := r.URL.Query()
	f, err := s.fixOf(q.Get("action"), q.Get("date"), q.Get("key"), q.Get("batch"))
	if err != nil {
		return view{}, err
	}
	d := confirmData{Fix: f}
	switch f.Action {
	case "flush":
		d.What, d.Of = "All pending files of this date go into batches now, however few there are.", f.Date
	case "release":
		d.What, d.Of = "The file becomes pending, and the limits that quarantined it no longer apply to it. "+
			"Its rows are published with the next batch of its date.", f.Key
	case "retry":
		d.What, d.Of = "The batch is converted again, from the same versions of the same files.", string(f.Batch)
	case "redrive":
		d.Of = "all dead letters"
		d.What = "Every dead letter is admitted again. Those that succeed are removed from the list."
	}
	return view{
		template: "confirm",
		title:    f.Label() + "?",
		section:  "attention",
		status:   http.StatusOK,
		data:     d,
	}, nil
}

// fixOf checks what a client sent.
func (s *Server) fixOf(action, date, key, batch string) (fix, error) {
	f := newFix(action, date, key, pipeline.BatchID(batch))
	switch action {
	case "flush":
		if !validDate(date) || date == pipeline.Undated {
			return f, fmt.Errorf("%w: flush needs a date", errInput)
		}
	case "release":
		if !validDate(date) || key == "" {
			return f, fmt.Errorf("%w: release needs a date and a key", errInput)
		}
	case "retry":
		if _, err := pipeline.ParseBatchID(batch); err != nil {
			return f, fmt.Errorf("%w: retry needs a batch", errInput)
		}
	case "redrive":
	default:
		return f, fmt.Errorf("%w: there is no such action", errInput)
	}
	return f, nil
}

// A result is what an action did.
type result struct {
	ID      string             `json:"-"`
	Fix     fix                `json:"-"`
	OK      bool               `json:"ok"`
	Text    string             `json:"text"`
	Batches []pipeline.BatchID `json:"batches,omitempty"` // that were started
	At      time.Time          `json:"at"`
}

// errReadOnly says that this server performs no actions.
var errReadOnly = errors.New("this dashboard only shows; run the command")

// perform does what a fix says, and tells what happened.
func (s *Server) perform(ctx context.Context, f fix) result {
	r := result{ID: rand.Text(), Fix: f, At: s.Now()}
	err := errReadOnly
	if s.Changer != nil {
		r.Text, r.Batches, err = s.change(
			context.WithoutCancel(ctx),
			f,
		) // a client that leaves does not undo half of it
	}
	if err != nil {
		r.Text = err.Error()
		s.Log.Warn("an action of the dashboard failed", "action", f.Action, "command", f.Command, "error", err)
	} else {
		r.OK = true
		s.Log.Info("an action of the dashboard was performed", "action", f.Action, "command", f.Command)
	}
	s.results.add(r)
	return r
}

func (s *Server) change(ctx context.Context, f fix) (string, []pipeline.BatchID, error) {
	switch f.Action {
	case "flush":
		started, err := s.Changer.Flush(ctx, f.Date)
		if len(started) == 0 {
			return "Nothing was pending, or another process was faster.", nil, err
		}
		return plural(len(started), "batch") + " started.", started, err
	case "release":
		file, err := s.Changer.Release(ctx, f.Date, f.Key)
		return fmt.Sprintf(
			"The file is %s now. The next batch of %s takes it; Flush does not wait.",
			file.Status,
			f.Date,
		), nil, err
	case "retry":
		return "The batch is started again.", []pipeline.BatchID{f.Batch}, s.Changer.Retry(ctx, f.Batch)
	}
	r, err := s.Changer.Redrive(ctx)
	text := plural(r.Settled, "dead letter") + " settled"
	if len(r.Left) > 0 {
		text += ", " + plural(len(r.Left), "dead letter") + " left: " + r.Left[0].Error
	}
	return text + ".", nil, err
}

// postAction performs the action of a form, and leads to its result.
func (s *Server) postAction(w http.ResponseWriter, r *http.Request) {
	f, err := s.fixOf(r.FormValue("action"), r.FormValue("date"), r.FormValue("key"), r.FormValue("batch"))
	if err != nil {
		s.render(w, r, s.errorView(r, err))
		return
	}
	http.Redirect(w, r, "/results/"+s.perform(r.Context(), f).ID, http.StatusSeeOther)
}

func (s *Server) resultPage(r *http.Request) (view, error) {
	result, ok := s.results.find(r.PathValue("id"))
	if !ok {
		return view{}, errNoPage
	}
	return view{template: "result", title: "Result", section: "attention", data: result}, nil
}

// results keeps the results of the latest actions, so that a page that is loaded again repeats
// nothing.
type results struct {
	mu   sync.Mutex
	list []result
}

const mostResults = 100

func (r *results) add(one result) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, one)
	if len(r.list) > mostResults {
		r.list = slices.Delete(r.list, 0, len(r.list)-mostResults)
	}
}

func (r *results) find(id string) (result, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	i := slices.IndexFunc(r.list, func(one result) bool { return one.ID == id })
	if i < 0 {
		return result{}, false
	}
	return r.list[i], true
}
