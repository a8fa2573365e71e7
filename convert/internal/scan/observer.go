package scan

import (
	"bytes"

	"ndjson-parquet/convert/internal/infer"
)

// An Observer gathers evidence of records without recording them.
type Observer struct {
	Evidence *infer.Evidence
	parser   parser
}

// NewObserver returns an observer that distinguishes at most names names and ignores records that
// are nested deeper than maxDepth.
func NewObserver(names, maxDepth int) *Observer {
	return &Observer{Evidence: infer.NewEvidence(names), parser: parser{maxDepth: maxDepth}}
}

// Lines gathers evidence from the whole lines at the start of data.
func (o *Observer) Lines(data []byte) {
	for {
		end := bytes.IndexByte(data, '\n')
		if end < 0 {
			return
		}
		if o.parser.parse(data[:end]) == nil {
			o.parser.observe(o.Evidence, 0)
		}
		data = data[end+1:]
	}
}
