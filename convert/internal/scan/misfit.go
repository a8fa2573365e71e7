package scan

// A Misfit describes the values of a span that do not fit the type of one column and were rescued.
type Misfit struct {
	Path    []string // of the column in the Parquet schema
	Values  int64
	Example string // the first of the values, shortened
	// Segment, Line and Offset are the place of the first value. The caller of NewMisfits sets
	// them.
	Segment      int
	Line, Offset int64
}

// maxExample is the length of the longest example, in bytes.
const maxExample = 60

// misfit counts a value of the current record that does not fit n.
func (r *Recorder) misfit(n *node, v *value) {
	if n.path == nil {
		return // it has no type
	}
	if n.misfit == nil {
		n.misfit = &Misfit{Path: n.path, Example: shorten(r.parser.literal(v))}
		r.misfits = append(r.misfits, n.misfit)
	}
	n.misfit.Values++
}

// shorten returns the start of a text, cut between two characters.
func shorten(text []byte) string {
	if len(text) <= maxExample {
		return string(text)
	}
	n := maxExample
	for text[n]&0xC0 == 0x80 {
		n--
	}
	return string(text[:n]) + "…"
}

// NewMisfits returns the misfits of the columns that had none before the current record.
func (r *Recorder) NewMisfits() []*Misfit {
	fresh := r.misfits[r.placed:]
	r.placed = len(r.misfits)
	return fresh
}

// Misfits returns the misfits of the span so far.
func (r *Recorder) Misfits() []*Misfit { return r.misfits }
