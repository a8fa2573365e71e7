package main

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/pipeline"
	"ndjson-parquet/internal/report"
)

const (
	watchedDates   = 10          // newest dates that are shown, and whose batches are read
	watchedBatches = 500         // of each, at most
	shownRecent    = 8           // batches in the view
	rateWindow     = time.Minute // of the throughput
)

// A watchJSON is one look at the pipeline.
type watchJSON struct {
	Time           time.Time               `json:"time"`
	Files          map[pipeline.Status]int `json:"files"`
	Dates          []report.Date           `json:"dates"` // the newest
	LagSeconds     float64                 `json:"lag_seconds"`
	FilesPerMinute int                     `json:"files_per_minute"`
	BytesPerMinute int64                   `json:"bytes_per_minute"`
	DeadLetters    int                     `json:"dead_letters"`
	Batches        []report.Batch          `json:"batches"` // the latest
	Attention      []string                `json:"attention"`
}

// watch shows the state of the pipeline until ctx ends: on a terminal in place, elsewhere a line at
// each change.
func (a *app) watch(ctx context.Context, date string, every time.Duration) (err error) {
	v, err := a.openView(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, v.Close(context.WithoutCancel(ctx))) }()
	if every <= 0 {
		every = lookAtHome
		if v.Resumption == pipeline.ResumedBySweep {
			every = lookOnAWS
		}
	}
	show := a.showLines()
	if !a.asJSON {
		if screen, ok := a.OpenScreen(); ok {
			defer screen.Close()
			show = func(w watchJSON) error { screen.Draw(a.watchView(w, v.Places)); return nil }
		}
	}
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		w, err := look(ctx, v, date, time.Now())
		if ctx.Err() != nil {
			return nil // Ctrl-C is how a watch ends
		}
		if err != nil {
			return err
		}
		if err := show(w); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// showLines returns what prints a line for a look that differs from the one before in more than
// what time alone changes.
func (a *app) showLines() func(watchJSON) error {
	var before watchJSON
	return func(w watchJSON) error {
		same := w
		same.Time, same.LagSeconds, same.FilesPerMinute, same.BytesPerMinute = time.Time{}, 0, 0, 0
		if reflect.DeepEqual(same, before) {
			return nil
		}
		before = same
		if a.asJSON {
			return a.JSONLine(w)
		}
		a.Say("%s  %s\n", cli.Time(w.Time), summaryLine(w))
		return nil
	}
}

// look reads the state of the pipeline.
func look(ctx context.Context, v *home.View, date string, now time.Time) (watchJSON, error) {
	w := watchJSON{
		Time: now.UTC(), Files: map[pipeline.Status]int{}, Dates: []report.Date{}, Batches: []report.Batch{},
		Attention: []string{},
	}
	dates, err := v.Ledger.Summary(ctx, date)
	if err != nil {
		return w, err
	}
	var recent []pipeline.Batch
	for i, d := range slices.Backward(dates) {
		for status, n := range d.Files {
			w.Files[status] += n
		}
		if i < len(dates)-watchedDates || d.Date == pipeline.Undated {
			continue
		}
		w.Dates = append(w.Dates, report.NewDate(d))
		read := 0
		for b, err := range v.Ledger.LatestBatches(ctx, d.Date) {
			if err != nil {
				return w, err
			}
			recent = append(recent, b)
			if read++; read >= watchedBatches || read >= shownRecent && now.Sub(b.CreatedAt) > 10*rateWindow {
				break
			}
		}
	}
	slices.SortStableFunc(recent, func(x, y pipeline.Batch) int { return y.CreatedAt.Compare(x.CreatedAt) })
	for i, b := range recent {
		if i < shownRecent {
			w.Batches = append(w.Batches, report.NewBatch(b, v.Places.Output))
		}
		if b.Status == pipeline.Completed && now.Sub(b.EndedAt) < rateWindow {
			w.FilesPerMinute += b.FileCount
			w.BytesPerMinute += b.Bytes
		}
	}
	pending, err := v.Ledger.PendingDates(ctx)
	if err != nil {
		return w, err
	}
	for _, d := range pending {
		if date == "" || d.Date == date {
			w.LagSeconds = max(w.LagSeconds, now.Sub(d.Oldest).Round(time.Second).Seconds())
		}
	}
	letters, err := v.RecordedDeadLetters(ctx, home.MostLeft)
	w.DeadLetters = len(letters)
	w.attend()
	return w, err
}

// attend lists what needs an operator, each with the command to look at it.
func (w *watchJSON) attend() {
	for _, a := range []struct {
		n    int
		text string
	}{
		{w.Files[pipeline.Failed], "failed: files --status failed, then retry"},
		{w.Files[pipeline.Quarantined], "quarantined: files --status quarantined, then release"},
		{w.DeadLetters, "not admitted: redrive --list"},
	} {
		if a.n > 0 {
			w.Attention = append(w.Attention, cli.Plural(a.n, "file")+" "+a.text)
		}
	}
}

func summaryLine(w watchJSON) string {
	var parts []string
	for _, s := range pipeline.Statuses {
		if n := w.Files[s]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s %s", cli.Number(int64(n)), s))
		}
	}
	if len(parts) == 0 {
		parts = []string{"no files yet"}
	}
	if w.DeadLetters > 0 {
		parts = append(parts, cli.Plural(w.DeadLetters, "dead letter"))
	}
	return strings.Join(parts, ", ")
}

// watchView is the view for a terminal.
func (a *app) watchView(w watchJSON, places home.Places) string {
	var b strings.Builder
	line := func(format string, args ...any) { b.WriteString(cli.Escape(fmt.Sprintf(format, args...)) + "\n") }
	line("%s  %s  (Ctrl-C ends)", places.Root, cli.Time(w.Time))
	line("%s", summaryLine(w))
	line("oldest pending file waits %v; last minute: %s, %s", time.Duration(w.LagSeconds*float64(time.Second)),
		cli.Plural(w.FilesPerMinute, "file"), cli.Size(w.BytesPerMinute))
	for _, text := range w.Attention {
		b.WriteString(fmt.Sprint(a.Style(cli.Text("! "+text).Bad())) + "\n")
	}
	dates := a.NewTable("DATE", "PENDING", "UNDER WAY", "COMPLETED", "FAILED", "QUARANTINED", "ROWS", "INPUT")
	for _, d := range w.Dates {
		dates.Row(cli.Text(d.Date), cli.Count(int64(d.Files[pipeline.Pending])),
			cli.Count(int64(d.Files[pipeline.Manifested]+d.Files[pipeline.Processing])),
			cli.Count(int64(d.Files[pipeline.Completed])).Good(), cli.Count(int64(d.Files[pipeline.Failed])).Bad(),
			cli.Count(int64(d.Files[pipeline.Quarantined])).Bad(), cli.Count(d.Rows),
			cli.Text(cli.Size(d.BytesIn)).Right())
	}
	batches := a.NewTable("RECENT BATCH", "STATUS", "FILES", "ROWS", "TOOK")
	for _, batch := range w.Batches {
		took := "-"
		if !batch.EndedAt.IsZero() && !batch.StartedAt.IsZero() {
			took = cli.Duration(batch.EndedAt.Sub(batch.StartedAt)).String()
		}
		batches.Row(cli.Text(string(batch.ID)), statusCell(batch.Status), cli.Count(int64(batch.FileCount)),
			cli.Count(batch.Rows), cli.Text(took).Right())
	}
	b.WriteString("\n" + dates.Render() + "\n\n" + batches.Render() + "\n")
	return b.String()
}
