package web

import (
	"fmt"
	"html/template"
	"net/url"
	"strings"
	"time"
	"unicode"

	"github.com/dustin/go-humanize"

	"ndjson-parquet/internal/pipeline"
)

// visible replaces characters that cannot be seen or that change how others appear, such as control
// characters and direction overrides, by their code points.
func visible(s string) string {
	if strings.IndexFunc(s, invisible) < 0 {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if invisible(r) {
			fmt.Fprintf(&b, "⟨U+%04X⟩", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// invisible reports whether visible replaces r. The zero-width joiner is part of many emoji.
func invisible(r rune) bool {
	const zeroWidthJoiner = 0x200d
	return unicode.IsControl(r) || r == unicode.ReplacementChar ||
		unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp) && r != zeroWidthJoiner
}

// short cuts a text in its middle.
func short(most int, s string) string {
	runes := []rune(s)
	if len(runes) <= most {
		return s
	}
	half := (most - 1) / 2
	return string(runes[:half]) + "…" + string(runes[len(runes)-half:])
}

func number(n any) string {
	switch n := n.(type) {
	case int:
		return humanize.Comma(int64(n))
	case int64:
		return humanize.Comma(n)
	}
	return fmt.Sprint(n)
}

func size(n int64) string { return humanize.Bytes(uint64(max(n, 0))) }

// plural is a count with its noun.
func plural(n any, noun string) string {
	text := number(n)
	switch {
	case text == "1":
		return text + " " + noun
	case strings.HasSuffix(noun, "ch"):
		return text + " " + noun + "es"
	}
	return text + " " + noun + "s"
}

// span is a duration in the two units that matter.
func span(d time.Duration) string {
	switch {
	case d < 0:
		return "0 s"
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	case d < 48*time.Hour:
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d days", int(d.Hours()/24))
}

// clock is a time in UTC, "–" if there is none.
func clock(t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return t.UTC().Format("2006-01-02 15:04:05")
}

// precise is a time in UTC with milliseconds, for events that follow each other closely.
func precise(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.000") }

// fileURL is the address of a file's page.
func fileURL(date, key string) string {
	return "/file?" + url.Values{"date": {date}, "key": {key}}.Encode()
}

// outcome classifies a status for its colour.
func outcome(s pipeline.Status) string {
	switch s {
	case pipeline.Completed:
		return "good"
	case pipeline.Failed, pipeline.Quarantined:
		return "bad"
	case pipeline.Pending:
		return "wait"
	}
	return "busy"
}

func (s *Server) functions() template.FuncMap {
	return template.FuncMap{
		"visible": visible, "short": short, "number": number, "size": size,
		"plural": plural, "span": span, "clock": clock, "precise": precise,
		"fileURL": fileURL, "outcome": outcome,
		"ago": func(t time.Time) string {
			if t.IsZero() {
				return "–"
			}
			return span(s.Now().Sub(t)) + " ago"
		},
		"dict": func(pairs ...any) map[string]any {
			m := map[string]any{}
			for i := 0; i+1 < len(pairs); i += 2 {
				m[fmt.Sprint(pairs[i])] = pairs[i+1]
			}
			return m
		},
		"name":    func(key string) string { return visible(short(72, key)) },
		"filesOf": func(files map[pipeline.Status]int, status string) int { return files[pipeline.Status(status)] },
	}
}
