package scan

import (
	"bytes"

	"ndjson-parquet/convert/internal/infer"
)

// An Observer learns from records without recording them.
type Observer struct {
	Evidence *infer.Evidence
	parser   parser
}

// NewObserver returns an observer that tells at most names names apart and passes over records nested deeper than maxDepth.
func NewObserver(names, maxDepth int) *Observer {
	return &Observer{Evidence: infer.NewEvidence(names), parser: parser{maxDepth: maxDepth}}
}

// Lines learns from the records in whole lines at the front of data.
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
