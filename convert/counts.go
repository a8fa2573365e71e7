package convert

// Counts are numbers of records and blank lines, by what became of them. A line that holds several
// records counts once for each of them, so that Lines = Rows + Rejected + Blank.
type Counts struct {
	Lines, Rows, Rejected, Blank int64
	// Rescued is a number of values. A row can have several.
	Rescued int64
}

// Add adds d to c.
func (c *Counts) Add(d Counts) {
	c.Lines += d.Lines
	c.Rows += d.Rows
	c.Rejected += d.Rejected
	c.Blank += d.Blank
	c.Rescued += d.Rescued
}

// subtract reverses Add.
func (c *Counts) subtract(d Counts) {
	c.Lines -= d.Lines
	c.Rows -= d.Rows
	c.Rejected -= d.Rejected
	c.Blank -= d.Blank
	c.Rescued -= d.Rescued
}
