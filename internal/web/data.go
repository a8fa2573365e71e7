package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"ndjson-parquet/convert/schema"
	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/pipeline"
)

type dataData struct {
	Version  int // newest of the schema log
	Columns  []schemaColumn
	History  []schemaChange // newest first
	Versions int            // columns of the picture
	Rejects  []reason
	Rescues  []rescuedColumn
	Sizes    []columnSize
	Outputs  []outputRow // the latest ones
	Looked   int         // outputs that were read for the sums
	Lines    int64
	Rejected int64
	Rescued  int64
}

// A schemaColumn is a top-level column and the versions that have it.
type schemaColumn struct {
	Name, Type  string
	Since, Last int // versions
	Retyped     bool
	X, W        float64 // of its bar, of 100
}

// A schemaChange is what a version of the schema log added or changed.
type schemaChange struct {
	Version int
	At      time.Time
	Batch   pipeline.BatchID
	By      string
	Added   []string // name and type
	Changed []string
}

// A reason counts rejected lines, with examples.
type reason struct {
	Reason   string
	Count    int
	Examples []rejectedLine
}

type columnSize struct {
	Name             string
	Compressed, Full int64
	Nulls, Values    int64
	Share            float64 // of 100, of the largest
	Codec            string
}

const (
	lookedAt     = 12 // latest outputs and batches that the data page reads
	mostVersions = 200
)

func (s *Server) dataPage(r *http.Request) (view, error) {
	ctx := r.Context()
	o, err := s.overview(ctx)
	if err != nil {
		return view{}, err
	}
	d := dataData{Lines: o.Lines, Rejected: o.Rejected, Rescued: o.Rescued}
	if err := s.schemaHistory(ctx, &d); err != nil {
		return view{}, err
	}
	s.rejectedByReason(ctx, o.Batches, &d)
	if err := s.columns(ctx, o.Batches, &d); err != nil {
		return view{}, err
	}
	return view{template: "data", title: "Data", section: "data", data: d}, nil
}

// schemaHistory reads the schema log.
func (s *Server) schemaHistory(ctx context.Context, d *dataData) error {
	log := s.View.SchemaLog()
	newest, err := log.Newest(ctx)
	if err != nil {
		return err
	}
	d.Version = newest
	first := max(1, newest-mostVersions+1)
	before := &schema.Schema{}
	since := map[string]int{}
	for n := first; n <= newest; n++ {
		v, err := log.Read(ctx, n)
		if err != nil {
			return err
		}
		d.History = append(d.History, changeOf(before, v))
		for _, c := range v.Columns.Columns {
			if since[c.Name] == 0 {
				since[c.Name] = n
			}
		}
		before = v.Columns
	}
	slices.Reverse(d.History)
	d.Versions = newest - first + 1
	for _, c := range before.Columns {
		at := since[c.Name]
		x := 100 * float64(at-first) / float64(max(1, d.Versions))
		d.Columns = append(
			d.Columns,
			schemaColumn{Name: c.Name, Type: c.Type.DDL(), Since: at, Last: newest, X: x, W: 100 - x},
		)
	}
	return nil
}

// changeOf compares a version with the one before.
func changeOf(before *schema.Schema, v pipeline.SchemaVersion) schemaChange {
	change := schemaChange{Version: v.Version, At: v.CreatedAt, Batch: v.Batch, By: v.Change}
	for _, c := range v.Columns.Columns {
		old := before.Column(c.Name)
		switch {
		case old == nil:
			change.Added = append(change.Added, c.Name+" "+c.Type.DDL())
		case !old.Equal(&c.Type):
			change.Changed = append(change.Changed, c.Name+" "+old.DDL()+" → "+c.Type.DDL())
		}
	}
	return change
}

// schemaMadeBy returns the change that a batch made to the schema; nil for none.
func (s *Server) schemaMadeBy(ctx context.Context, id pipeline.BatchID, version int) (*schemaChange, error) {
	if version == 0 {
		return nil, nil
	}
	log := s.View.SchemaLog()
	v, err := log.Read(ctx, version)
	if err != nil || v.Batch != id {
		return nil, ignoreMissing(err)
	}
	before, err := log.Read(ctx, version-1)
	if err != nil {
		return nil, ignoreMissing(err)
	}
	change := changeOf(before.Columns, v)
	return &change, nil
}

func ignoreMissing(err error) error {
	if errors.Is(err, pipeline.ErrNotFound) {
		return nil
	}
	return err
}

// rejectedByReason reads the rejected lines of the latest batches that have some.
func (s *Server) rejectedByReason(ctx context.Context, batches []pipeline.Batch, d *dataData) {
	byReason := map[string]*reason{}
	looked := 0
	for _, b := range batches {
		if b.Rejected == 0 || b.Status != pipeline.Completed {
			continue
		}
		if looked++; looked > lookedAt {
			break
		}
		for _, l := range s.outputs.rejected(ctx, b.ID, 10_000) {
			r := byReason[l.Reason]
			if r == nil {
				r = &reason{Reason: l.Reason}
				byReason[l.Reason] = r
			}
			r.Count++
			if len(r.Examples) < 3 {
				r.Examples = append(r.Examples, l)
			}
		}
	}
	for _, r := range byReason {
		d.Rejects = append(d.Rejects, *r)
	}
	slices.SortFunc(
		d.Rejects,
		func(a, b reason) int { return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Reason, b.Reason)) },
	)
}

// columns reads the latest outputs: sizes by column, and rescued values.
func (s *Server) columns(ctx context.Context, batches []pipeline.Batch, d *dataData) error {
	sizes, rescues := map[string]*columnSize{}, map[string]*rescuedColumn{}
	for _, b := range batches {
		if d.Looked == lookedAt {
			break
		}
		for i, out := range b.Outputs {
			if d.Looked == lookedAt {
				break
			}
			d.Looked++
			d.Outputs = append(
				d.Outputs,
				outputRow{out, home.Join(s.View.Places.Output, out.Key), fmt.Sprintf("/rows/%s/%d", b.ID, i)},
			)
			description, err := s.outputs.describe(ctx, out)
			if err != nil {
				return fmt.Errorf("read %s: %w", out.Key, err)
			}
			for _, c := range description.Columns {
				one := sizes[c.Path]
				if one == nil {
					one = &columnSize{Name: c.Path, Codec: c.Codec}
					sizes[c.Path] = one
				}
				one.Compressed += c.Compressed
				one.Full += c.Uncompressed
				one.Nulls += c.Nulls
				one.Values += c.Values
			}
			if b.Rescued == 0 {
				continue
			}
			columns, err := s.outputs.rescued(ctx, out)
			if err != nil {
				return fmt.Errorf("read %s: %w", out.Key, err)
			}
			for _, c := range columns {
				if one := rescues[c.Pointer]; one != nil {
					one.Count += c.Count
				} else {
					rescues[c.Pointer] = &c
				}
			}
		}
	}
	var largest int64 = 1
	for _, c := range sizes {
		largest = max(largest, c.Compressed)
	}
	for _, c := range sizes {
		c.Share = 100 * float64(c.Compressed) / float64(largest)
		d.Sizes = append(d.Sizes, *c)
	}
	slices.SortFunc(d.Sizes, func(a, b columnSize) int {
		return cmp.Or(cmp.Compare(b.Compressed, a.Compressed), cmp.Compare(a.Name, b.Name))
	})
	for _, c := range rescues {
		d.Rescues = append(d.Rescues, *c)
	}
	slices.SortFunc(d.Rescues, func(a, b rescuedColumn) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Pointer, b.Pointer))
	})
	return nil
}

type rowsData struct {
	Batch   pipeline.BatchID
	Place   string
	Rows    int64
	Columns []string
	Head    [][]string
}

// shownRows is how many rows of an output a page shows.
const shownRows = 20

func (s *Server) rowsPage(r *http.Request) (view, error) {
	id, err := pipeline.ParseBatchID(r.PathValue("id"))
	n, numberErr := strconv.Atoi(r.PathValue("number"))
	if err != nil || numberErr != nil {
		return view{}, errNoPage
	}
	b, _, err := s.View.Ledger.Batch(r.Context(), id)
	if err != nil {
		return view{}, err
	}
	if n < 0 || n >= len(b.Outputs) {
		return view{}, errNoPage
	}
	out := b.Outputs[n]
	d := rowsData{Batch: id, Place: home.Join(s.View.Places.Output, out.Key), Rows: out.Rows}
	if d.Columns, d.Head, err = s.outputs.head(r.Context(), out.Key, shownRows); err != nil {
		return view{}, fmt.Errorf("read %s: %w", out.Key, err)
	}
	return view{template: "rows", title: "First rows", section: "data", data: d}, nil
}
