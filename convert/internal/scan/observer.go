package scan

import (
	"bytes"
	"unicode/utf8"

	"ndjson-parquet/convert/internal/infer"
	"ndjson-parquet/convert/internal/source"
)

// An Observer gathers evidence of records without recording them.
type Observer struct {
	Evidence *infer.Evidence
	parser   parser
}

// NewObserver returns an observer. It ignores records that exceed the limits.
func NewObserver(l Limits) *Observer {
	return &Observer{Evidence: l.NewEvidence(), parser: parser{maxDepth: l.Depth, caseSensitive: l.CaseSensitive}}
}

// Lines gathers evidence from the whole lines at the start of data, and from the records of the
// last line that are whole.
func (o *Observer) Lines(data []byte) {
	for len(data) > 0 {
		end := bytes.IndexByte(data, '\n')
		if end < 0 {
			end = len(data)
		}
		o.line(data[:end])
		data = data[min(end+1, len(data)):]
	}
}

// line gathers evidence from the records at the start of a line.
func (o *Observer) line(line []byte) {
	for {
		for len(line) > 0 && source.IsSeparator(line[0]) {
			line = line[1:]
		}
		if len(line) == 0 || line[0] != '{' {
			return
		}
		n, rejected := o.parser.parsePrefix(line)
		if rejected != nil || !utf8.Valid(line[:n]) {
			return
		}
		o.parser.observe(o.Evidence, 0)
		line = line[n:]
	}
}
