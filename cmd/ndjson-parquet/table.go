package main

import (
	"os"
	"strings"
	"unicode/utf8"
)

// A table prints rows in columns as wide as what is in them, in colour on a terminal.
type table struct {
	app    *app
	header []string
	rows   [][]cell
}

// A cell is one value of a table.
type cell struct {
	text    string
	colour  string // an SGR code, empty for none
	toRight bool
}

const (
	green  = "32"
	yellow = "33"
	red    = "31"
	bold   = "1"
)

func text(s string) cell { return cell{text: s} }

// count is a number; zero is shown as "-", so that the others catch the eye.
func count(n int64) cell {
	if n == 0 {
		return cell{text: "-", toRight: true}
	}
	return cell{text: number(n), toRight: true}
}

func (c cell) right() cell { c.toRight = true; return c }
func (c cell) good() cell  { return c.in(green) }
func (c cell) warn() cell  { return c.in(yellow) }
func (c cell) bad() cell   { return c.in(red) }

func (c cell) in(colour string) cell {
	if c.text != "-" {
		c.colour = colour
	}
	return c
}

func (a *app) newTable(header ...string) *table { return &table{app: a, header: header} }

func (t *table) row(cells ...cell) { t.rows = append(t.rows, cells) }

func (t *table) print() {
	widths := make([]int, len(t.header))
	for i, h := range t.header {
		widths[i] = utf8.RuneCountInString(h)
		for _, r := range t.rows {
			widths[i] = max(widths[i], utf8.RuneCountInString(r[i].text))
		}
	}
	head := make([]cell, len(t.header))
	for i, h := range t.header {
		head[i] = cell{text: h, colour: bold, toRight: len(t.rows) > 0 && t.rows[0][i].toRight}
	}
	colours := t.app.colours()
	var b strings.Builder
	for _, r := range append([][]cell{head}, t.rows...) {
		line := ""
		for i, c := range r {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(c.text))
			shown := c.text
			if colours && c.colour != "" {
				shown = "\x1b[" + c.colour + "m" + shown + "\x1b[0m"
			}
			if c.toRight {
				shown = pad + shown
			} else {
				shown += pad
			}
			line += shown + "  "
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	_, _ = t.app.stdout.WriteString(b.String())
}

// colours reports whether standard output shows colours, and may: https://no-color.org.
func (a *app) colours() bool {
	return a.getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && isTerminal(a.stdout)
}
