package convert

// Counts are the lines of one source, or of several, by what became of them. Lines = Rows + Rejected + Blank.
type Counts struct {
	Lines, Rows, Rejected, Blank int64
	// Rescued counts values, not lines: a row may have several.
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

// subtract takes d, which was added before, out of c again.
func (c *Counts) subtract(d Counts) {
	c.Lines -= d.Lines
	c.Rows -= d.Rows
	c.Rejected -= d.Rejected
	c.Blank -= d.Blank
	c.Rescued -= d.Rescued
}
