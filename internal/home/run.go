package home

import "ndjson-parquet/internal/pipeline"

// A RunReport says what became of the batches that this process executed.
type RunReport struct {
	Files    map[pipeline.Status]int // files of these batches, and those that are still pending
	Batches  []pipeline.Batch        // in the order in which they ended
	BytesIn  int64
	BytesOut int64
	pipeline.Counts
	Listed        int
	Admitted      int               // files that are pending, or were processed, since this run
	StillWritten  int               // files that were not unchanged for long enough to be admitted
	DeadLetters   int               // arrivals that could not be admitted
	Oddities      []pipeline.Oddity // what was unusual in the files of these batches
	EarlierFailed int               // batches that failed before this run and can be retried
}

// Outputs returns the Parquet objects of the run.
func (r RunReport) Outputs() []pipeline.Output {
	var all []pipeline.Output
	for _, b := range r.Batches {
		all = append(all, b.Outputs...)
	}
	return all
}

// Incomplete reports whether something was quarantined, rejected or failed.
func (r RunReport) Incomplete() bool {
	return r.Files[pipeline.Quarantined] > 0 || r.Files[pipeline.Failed] > 0 || r.Rejected > 0 || r.DeadLetters > 0
}

// A Progress is how far work has come.
type Progress struct {
	Arrivals              int // new files of the input
	Batches, BatchesEnded int
	Bytes, BytesRead      int64 // of input, as stored
}
