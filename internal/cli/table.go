package cli

import (
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// A Table prints rows in columns that are as wide as their content, in colour on a terminal.
type Table struct {
	terminal *Terminal
	header   []string
	rows     [][]Cell
}

// A Cell is one value of a table.
type Cell struct {
	text    string
	colours text.Colors
	right   bool
}

// Text is a cell with a text.
func Text(s string) Cell { return Cell{text: Escape(s)} }

// Count is a cell with a number. Zero is shown as "-", which makes the other numbers easier to see.
func Count(n int64) Cell {
	if n == 0 {
		return Text("-").Right()
	}
	return Text(Number(n)).Right()
}

// Right aligns the cell's column to the right.
func (c Cell) Right() Cell { c.right = true; return c }

// Good colours the cell green, unless it is "-".
func (c Cell) Good() Cell { return c.in(text.FgGreen) }

// Warn colours the cell yellow, unless it is "-".
func (c Cell) Warn() Cell { return c.in(text.FgYellow) }

// Bad colours the cell red, unless it is "-".
func (c Cell) Bad() Cell { return c.in(text.FgRed) }

func (c Cell) in(colour text.Color) Cell {
	if c.text != "-" {
		c.colours = text.Colors{colour}
	}
	return c
}

// styled is text that is escaped already and may contain colours.
type styled string

// Style returns the cell's text as an argument for Say, with its colour if the terminal shows
// colours.
func (t *Terminal) Style(c Cell) any { return styled(t.colour(c.text, c.colours)) }

func (t *Terminal) colour(s string, colours text.Colors) string {
	if len(colours) == 0 || !t.Colours() {
		return s
	}
	text.EnableColors()
	return colours.Sprint(s)
}

// NewTable returns a table with the given header.
func (t *Terminal) NewTable(header ...string) *Table { return &Table{terminal: t, header: header} }

// Row adds a row with a cell for each column.
func (t *Table) Row(cells ...Cell) { t.rows = append(t.rows, cells) }

// Print prints the table.
func (t *Table) Print() { _, _ = t.terminal.Stdout.WriteString(t.Render() + "\n") }

// Render returns the table as text. A column is aligned as the cell of the first row.
func (t *Table) Render() string {
	w := table.NewWriter()
	w.SetStyle(table.Style{Box: table.BoxStyle{PaddingRight: "  "}})
	w.SuppressTrailingSpaces()
	var header table.Row
	var columns []table.ColumnConfig
	for i, h := range t.header {
		header = append(header, t.terminal.colour(h, text.Colors{text.Bold}))
		if len(t.rows) > 0 && t.rows[0][i].right {
			columns = append(columns, table.ColumnConfig{Number: i + 1, Align: text.AlignRight,
				AlignHeader: text.AlignRight})
		}
	}
	w.AppendHeader(header)
	w.SetColumnConfigs(columns)
	for _, cells := range t.rows {
		row := make(table.Row, len(cells))
		for i, c := range cells {
			row[i] = t.terminal.colour(c.text, c.colours)
		}
		w.AppendRow(row)
	}
	return w.Render()
}
