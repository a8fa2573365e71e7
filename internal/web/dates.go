package web

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"ndjson-parquet/internal/pipeline"
)

// A day is a field of the calendar; it may be empty.
type day struct {
	Date   string
	Number int
	Class  string // health
	Label  string
	Files  int
}

// A month is a table of weeks that begin on Monday.
type month struct {
	Name  string
	Weeks [][7]day
}

type datesData struct {
	Months  []month
	Dates   []dateRow
	Undated int
	Older   int // dates that are not in the calendar
}

type dateRow struct {
	pipeline.DateSummary
	All    int
	Health string
}

// mostMonths bounds the calendar.
const mostMonths = 12

func (s *Server) datesPage(r *http.Request) (view, error) {
	summary, err := s.View.Ledger.Summary(r.Context(), "")
	if err != nil {
		return view{}, err
	}
	d := datesData{}
	byName := map[string]dateRow{}
	var months []string
	for _, one := range byDate(summary) {
		row := newDateRow(one)
		if one.Date == pipeline.Undated {
			d.Undated = row.All
		} else if m := one.Date[:7]; !slices.Contains(months, m) {
			months = append(months, m)
		}
		byName[one.Date] = row
		d.Dates = append(d.Dates, row)
	}
	if len(months) > mostMonths {
		months = months[:mostMonths]
	}
	for _, m := range months {
		d.Months = append(d.Months, calendar(m, byName))
	}
	const mostRows = 400
	if len(d.Dates) > mostRows {
		d.Older, d.Dates = len(d.Dates)-mostRows, d.Dates[:mostRows]
	}
	return view{template: "dates", title: "Dates", section: "dates", data: d}, nil
}

func newDateRow(d pipeline.DateSummary) dateRow {
	row := dateRow{DateSummary: d}
	for _, n := range d.Files {
		row.All += n
	}
	switch {
	case d.Files[pipeline.Failed]+d.Files[pipeline.Quarantined] > 0:
		row.Health = "bad"
	case d.Files[pipeline.Pending]+d.Files[pipeline.Manifested]+d.Files[pipeline.Processing] > 0:
		row.Health = "busy"
	case d.Rejected > 0:
		row.Health = "warn"
	default:
		row.Health = "good"
	}
	return row
}

// Words say what the health of a date means.
func (d dateRow) Words() string {
	switch d.Health {
	case "bad":
		return "needs attention"
	case "busy":
		return "under way"
	case "warn":
		return "published, lines rejected"
	}
	return "published"
}

// Open is the number of files that have not ended.
func (d dateRow) Open() int {
	return d.Files[pipeline.Pending] + d.Files[pipeline.Manifested] + d.Files[pipeline.Processing]
}

// calendar lays out a month, YYYY-MM.
func calendar(name string, dates map[string]dateRow) month {
	first, err := time.Parse("2006-01", name)
	if err != nil {
		return month{Name: name}
	}
	m := month{Name: first.Format("January 2006")}
	var week [7]day
	for t := first; t.Month() == first.Month(); t = t.AddDate(0, 0, 1) {
		column := (int(t.Weekday()) + 6) % 7
		cell := day{Date: t.Format(time.DateOnly), Number: t.Day()}
		if d, ok := dates[cell.Date]; ok {
			cell.Class, cell.Files = d.Health, d.All
			cell.Label = fmt.Sprintf("%s: %s, %s", cell.Date, plural(d.All, "file"), d.Words())
		}
		week[column] = cell
		if column == 6 {
			m.Weeks, week = append(m.Weeks, week), [7]day{}
		}
	}
	if week != [7]day{} {
		m.Weeks = append(m.Weeks, week)
	}
	return m
}

// pageFiles is how many files a page lists.
const pageFiles = 100

// searched is how many files a search looks at before it offers to continue.
const searched = 50_000

type dateData struct {
	dateRow
	Name     string
	Statuses []pipeline.Status
	Status   pipeline.Status
	Contains string
	Rows     []pipeline.File
	Next     string // the address of the next page; empty for none
	First    string // that of the first one; empty if this is it
	Searched int    // files that were looked at
	Timeline chart
	Batches  []pipeline.Batch
	More     bool // batches
	Pending  bool
}

func (s *Server) datePage(r *http.Request) (view, error) {
	date := r.PathValue("date")
	if !validDate(date) {
		return view{}, errNoPage
	}
	summary, err := s.View.Ledger.Summary(r.Context(), date)
	if err != nil {
		return view{}, err
	}
	d := dateData{Name: date, Statuses: pipeline.Statuses}
	if len(summary) > 0 {
		d.dateRow = newDateRow(summary[0])
	} else {
		d.dateRow = newDateRow(pipeline.DateSummary{Date: date})
	}
	q := r.URL.Query()
	d.Status, d.Contains = pipeline.Status(q.Get("status")), q.Get("contains")
	if d.Status != "" && !slices.Contains(pipeline.Statuses, d.Status) {
		return view{}, fmt.Errorf("%w: there is no such status", errInput)
	}
	list, err := s.listFiles(r, date, q.Get("after"), d.Status, d.Contains, pageFiles)
	if err != nil {
		return view{}, err
	}
	d.Rows, d.Searched = list.files, list.searched
	if list.after != "" {
		d.Next = "?" + url.Values{
			"status":   {string(d.Status)},
			"contains": {d.Contains},
			"after":    {list.after},
		}.Encode() + "#files"
	}
	if q.Get("after") != "" {
		d.First = "?" + url.Values{"status": {string(d.Status)}, "contains": {d.Contains}}.Encode() + "#files"
	}
	const mostBatches = 60
	for b, err := range s.View.Ledger.LatestBatches(r.Context(), date) {
		if err != nil {
			return view{}, err
		}
		if d.More = len(d.Batches) == mostBatches; d.More {
			break
		}
		d.Batches = append(d.Batches, b)
	}
	d.Timeline = timeline(d.Batches, s.Now())
	d.Pending = d.Files[pipeline.Pending] > 0
	return view{template: "date", title: date, section: "dates", data: d}, nil
}

// A fileList is a page of files; after is empty at the end.
type fileList struct {
	files    []pipeline.File
	after    string
	searched int
}

// listFiles reads a page of a date's files whose keys contain a text.
func (s *Server) listFiles(
	r *http.Request,
	date, after string,
	status pipeline.Status,
	contains string,
	most int,
) (fileList, error) {
	var l fileList
	contains = strings.ToLower(contains)
	last := after
	for f, err := range s.View.Ledger.FilesAfter(r.Context(), date, after, status) {
		if err != nil {
			return l, err
		}
		if len(l.files) == most || l.searched == searched {
			l.after = last
			break
		}
		last = f.Key
		l.searched++
		if contains == "" || strings.Contains(strings.ToLower(f.Key), contains) ||
			strings.Contains(f.Reason, contains) {
			l.files = append(l.files, f)
		}
	}
	return l, nil
}

// validDate reports whether a text is a date prefix of the ledger.
func validDate(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil || s == pipeline.Undated
}
