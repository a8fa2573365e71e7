package web

import (
	"fmt"
	"math"
	"slices"
	"time"

	"ndjson-parquet/internal/pipeline"
)

// A bar of a chart, in the units of its picture.
type bar struct {
	X, Y, W, H float64
	Class      string
	Label      string // what it says on pointing at it
	Link       string
}

// A chart is bars in a picture of fixed units that is stretched to its place.
type chart struct {
	Width, Height float64
	Bars          []bar
	Most          string // the value at the top
	From, To      string // the ends of the time
	Text          string // what it shows, in words
}

const (
	throughputMinutes = 60
	chartHeight       = 100
)

// throughput shows the rows published in each of the last minutes.
func throughput(batches []pipeline.Batch, now time.Time) chart {
	c := chart{Width: 10 * throughputMinutes, Height: chartHeight, From: "60 min ago", To: "now"}
	var rows, files [throughputMinutes]int64
	for _, b := range batches {
		ago := int(now.Sub(b.EndedAt) / time.Minute)
		if b.Status == pipeline.Completed && ago >= 0 && ago < throughputMinutes {
			rows[throughputMinutes-1-ago] += b.Rows
			files[throughputMinutes-1-ago] += int64(b.FileCount)
		}
	}
	most := slices.Max(rows[:])
	var all int64
	for i, n := range rows {
		all += n
		if n > 0 {
			h := scale(n, most, chartHeight)
			at := now.Add(-time.Duration(throughputMinutes-1-i) * time.Minute).UTC().Format("15:04")
			c.Bars = append(
				c.Bars,
				bar{
					X:     float64(10*i + 1),
					Y:     chartHeight - h,
					W:     8,
					H:     h,
					Class: "good",
					Label: fmt.Sprintf("%s: %s, %s", at, plural(n, "row"), plural(files[i], "file")),
				},
			)
		}
	}
	c.Most = plural(most, "row") + " a minute"
	c.Text = fmt.Sprintf("%s published in the last hour, at most %s in a minute", plural(all, "row"), number(most))
	return c
}

// latencies shows how long the latest batches took from claim to end, the latest at the right.
func latencies(batches []pipeline.Batch) chart {
	const most = 60
	c := chart{Width: 10 * most, Height: chartHeight, From: "earlier batches", To: "latest batch"}
	var ended []pipeline.Batch
	for _, b := range batches {
		if b.Status.Final() && !b.EndedAt.IsZero() && len(ended) < most {
			ended = append(ended, b)
		}
	}
	slices.Reverse(ended)
	var longest, all time.Duration
	for _, b := range ended {
		longest = max(longest, b.EndedAt.Sub(b.CreatedAt))
		all += b.EndedAt.Sub(b.CreatedAt)
	}
	for i, b := range ended {
		took := b.EndedAt.Sub(b.CreatedAt)
		h := scale(int64(took), int64(longest), chartHeight)
		c.Bars = append(c.Bars, bar{
			X: float64(10*(most-len(ended)+i) + 1), Y: chartHeight - h, W: 8, H: h, Class: outcome(b.Status),
			Label: string(b.ID) + ": " + span(took), Link: "/batches/" + string(b.ID),
		})
	}
	c.Most = span(longest)
	c.Text = "no batch has ended yet"
	if len(ended) > 0 {
		c.Text = fmt.Sprintf(
			"the latest %s took %s on average, at most %s",
			plural(len(ended), "batch"),
			span(all/time.Duration(len(ended))),
			span(longest),
		)
	}
	return c
}

// scale is the height of a value; one that is not zero can always be seen.
func scale(n, most int64, height float64) float64 {
	if n <= 0 || most <= 0 {
		return 0
	}
	return math.Max(2, math.Round(height*float64(n)/float64(most)*10)/10)
}

// timeline shows when each batch was claimed, started and ended, one below the other.
func timeline(batches []pipeline.Batch, now time.Time) chart {
	const most, row = 60, 12
	if len(batches) > most {
		batches = batches[:most]
	}
	c := chart{Width: 1000, Height: float64(max(1, len(batches)) * row)}
	if len(batches) == 0 {
		return c
	}
	end := func(b pipeline.Batch) time.Time {
		if b.EndedAt.IsZero() {
			return now
		}
		return b.EndedAt
	}
	from, to := batches[0].CreatedAt, end(batches[0])
	for _, b := range batches {
		if b.CreatedAt.Before(from) {
			from = b.CreatedAt
		}
		if end(b).After(to) {
			to = end(b)
		}
	}
	all := max(float64(to.Sub(from)), 1)
	x := func(t time.Time) float64 { return math.Round(10000*float64(t.Sub(from))/all) / 10 }
	for i, b := range batches {
		y := float64(i*row + 2)
		label := fmt.Sprintf("%s: %s, %s from claim to end", b.ID, b.Status, span(end(b).Sub(b.CreatedAt)))
		started := b.StartedAt
		if started.IsZero() {
			started = end(b)
		}
		if w := x(started) - x(b.CreatedAt); w > 0 {
			c.Bars = append(c.Bars, bar{X: x(b.CreatedAt), Y: y + 3, W: w, H: 2, Class: "wait", Label: label})
		}
		c.Bars = append(c.Bars, bar{
			X: math.Min(
				x(started),
				996,
			), Y: y, W: math.Max(4, x(end(b))-x(started)), H: row - 4, Class: outcome(b.Status), Label: label,
			Link: "/batches/" + string(b.ID),
		})
	}
	c.From, c.To = clock(from), clock(to)
	c.Text = fmt.Sprintf("the latest %s, from %s to %s", plural(len(batches), "batch"), c.From, c.To)
	return c
}
