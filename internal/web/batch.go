package web

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"ndjson-parquet/internal/cost"
	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/pipeline"
)

type batchData struct {
	pipeline.Batch
	Files    []pipeline.File
	Events   []event
	Stages   []stage
	Commit   *pipeline.Commit
	Manifest string
	Outputs  []outputRow
	Rejects  string
	Examples []rejectedLine
	Schema   *schemaChange // made by this batch
	Cost     []batchCost
	Fixes    []fix
	Advice   string
}

// A stage is a part of the time that a batch took.
type stage struct {
	Name  string
	Took  time.Duration
	Share float64 // of 100
	X     float64
	Class string
}

type outputRow struct {
	pipeline.Output
	Place string
	Link  string // to its first rows
}

type batchCost struct {
	Engine  string
	Dollars string
}

// mostBatchFiles bounds the files that a batch's page lists.
const mostBatchFiles = 500

func (s *Server) batchPage(r *http.Request) (view, error) {
	ctx := r.Context()
	id, err := pipeline.ParseBatchID(r.PathValue("id"))
	if err != nil {
		return view{}, errNoPage
	}
	b, files, err := s.View.Ledger.Batch(ctx, id)
	if err != nil {
		return view{}, err
	}
	d := batchData{
		Batch:    b,
		Files:    files[:min(len(files), mostBatchFiles)],
		Manifest: b.ManifestPath,
		Cost:     costOf(b),
	}
	c, err := s.View.ReadCommit(ctx, id)
	switch {
	case err == nil:
		d.Commit = &c
	case !errors.Is(err, pipeline.ErrNotFound):
		return view{}, err
	}
	for i, o := range b.Outputs {
		d.Outputs = append(
			d.Outputs,
			outputRow{o, home.Join(s.View.Places.Output, o.Key), fmt.Sprintf("/rows/%s/%d", id, i)},
		)
	}
	if b.Rejected > 0 {
		d.Rejects = home.Join(s.View.Places.Quarantine, pipeline.RejectedKey(id))
		d.Examples = s.outputs.rejected(ctx, id, 10)
	}
	if d.Commit != nil {
		if d.Schema, err = s.schemaMadeBy(ctx, id, d.Commit.SchemaVersion); err != nil {
			return view{}, err
		}
	}
	d.Events = batchEvents(b, d.Commit)
	d.Stages = stages(b, d.Commit)
	if b.Status == pipeline.Failed {
		d.Advice = "Remove the cause, then run the batch again. It converts the same versions of the same files."
		d.Fixes = []fix{newFix("retry", "", "", id)}
	}
	return view{template: "batch", title: string(id), section: "dates", data: d}, nil
}

func batchEvents(b pipeline.Batch, c *pipeline.Commit) []event {
	events := []event{
		{At: b.CreatedAt, What: "Claimed", Why: fmt.Sprintf("%s, %s", plural(b.FileCount, "file"), size(b.Bytes))},
	}
	if !b.StartedAt.IsZero() {
		why := "the first attempt"
		if b.Attempts > 1 {
			why = fmt.Sprintf("attempt %d", b.Attempts)
		}
		if b.Retries > 0 {
			why += fmt.Sprintf(", after %d retries by command", b.Retries)
		}
		events = append(events, event{At: b.StartedAt, What: "Started", Why: why})
	}
	if c != nil {
		at := c.StartedAt.Add(time.Duration(c.DurationMS) * time.Millisecond)
		events = append(
			events,
			event{
				At:   at,
				What: "Published",
				Why:  fmt.Sprintf("%s with the %s engine", plural(len(c.Outputs), "object"), c.Engine),
			},
		)
	}
	switch b.Status {
	case pipeline.Completed:
		events = append(
			events,
			event{
				At:   b.EndedAt,
				What: "Settled",
				Why: fmt.Sprintf(
					"%s, %s rejected, %s rescued",
					plural(b.Rows, "row"),
					plural(b.Rejected, "line"),
					plural(b.Rescued, "value"),
				),
				Status: "good",
			},
		)
	case pipeline.Failed:
		events = append(events, event{At: b.EndedAt, What: "Failed", Why: b.Error, Status: "bad"})
	default:
		events = append(events, event{What: "Under way", Why: "the outcome is not known yet", Status: "busy"})
	}
	return spaced(events)
}

// stages divides the time from claim to end.
func stages(b pipeline.Batch, c *pipeline.Commit) []stage {
	if b.EndedAt.IsZero() || b.StartedAt.IsZero() {
		return nil
	}
	list := []stage{{Name: "wait for a free executor", Took: b.StartedAt.Sub(b.CreatedAt), Class: "wait"}}
	if c == nil {
		list = append(list, stage{Name: "convert", Took: b.EndedAt.Sub(b.StartedAt), Class: "bad"})
	} else {
		convert := min(time.Duration(c.DurationMS)*time.Millisecond, b.EndedAt.Sub(b.StartedAt))
		list = append(list, stage{Name: "convert and publish", Took: convert, Class: "good"},
			stage{Name: "read, commit and settle", Took: b.EndedAt.Sub(b.StartedAt) - convert, Class: "busy"})
	}
	var all time.Duration
	for i := range list {
		list[i].Took = max(list[i].Took, 0)
		all += list[i].Took
	}
	x := 0.0
	for i := range list {
		list[i].Share = 100 * float64(list[i].Took) / float64(max(all, 1))
		list[i].X = x
		x += list[i].Share
	}
	return list
}

// costOf is what the model says that a batch of this size costs on AWS.
func costOf(b pipeline.Batch) []batchCost {
	if b.FileCount == 0 || b.Bytes == 0 {
		return nil
	}
	w := cost.Workload{
		FilesPerDay: b.FileCount,
		BatchFiles:  b.FileCount,
		FileMB:      float64(b.Bytes) / 1e6 / float64(b.FileCount),
	}
	var list []batchCost
	for _, engine := range cost.Engines() {
		m, err := cost.Model(w, engine, cost.ListPrices(), cost.Assumptions())
		if err != nil {
			return nil
		}
		list = append(list, batchCost{engine, "$" + strconv.FormatFloat(m.Variable()/w.Batches(), 'f', 5, 64)})
	}
	return list
}
