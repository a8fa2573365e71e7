// Package generate makes test data for a pipeline: files of several days, with the flaws that real
// deliveries have, put into an object store at a chosen rate. The same plan gives the same files
// everywhere.
package generate

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"ndjson-parquet/internal/generate/records"
)

// A Plan says what to generate. Percentages are shares of all files, BadRecordPercent of all lines.
type Plan struct {
	Seed              uint64  `json:"seed"`
	From              string  `json:"from"` // the first date, YYYY-MM-DD
	Days              int     `json:"days"`
	FilesPerDay       int     `json:"files_per_day"`
	FileBytes         int64   `json:"file_bytes"`
	SizeSpreadPercent float64 `json:"size_spread_percent"` // sizes lie within FileBytes ± so much
	Name              string  `json:"name,omitempty"`      // part of every file's name; empty: the shape
	Shape             string  `json:"shape"`               // one of Shapes

	BadRecordPercent float64 `json:"bad_record_percent"` // lines that are rejected
	BadNamePercent   float64 `json:"bad_name_percent"`   // names that are quarantined
	// valid names with spaces, quotes, markup or control characters
	AwkwardNamePercent float64 `json:"awkward_name_percent"`
	DuplicatePercent   float64 `json:"duplicate_percent"` // files put twice with the same bytes
	OverwritePercent   float64 `json:"overwrite_percent"` // files put again with other records
	SchemaChanges      int     `json:"schema_changes"`    // spread evenly over the files

	Rate Rate          `json:"rate"`
	Over time.Duration `json:"over_ns"` // how long the deliveries take; ignored by AllAtOnce
}

// A Rate says how deliveries are spread over time.
type Rate string

// The rates.
const (
	AllAtOnce Rate = "all"    // as fast as possible
	Steady    Rate = "steady" // in equal intervals
	Burst     Rate = "burst"  // in ten groups with pauses between them
	Ramp      Rate = "ramp"   // slowly at first, then ever faster
	Random    Rate = "random" // at independent random times
)

// Rates lists the rates.
var Rates = []Rate{AllAtOnce, Steady, Burst, Ramp, Random}

// Shapes returns the names of the shapes that records can have.
func Shapes() []string { return records.Shapes() }

// maxFiles bounds the files of a plan, which are kept in memory with what is expected of them.
const maxFiles = 50_000_000

// Check reports what is wrong with a plan.
func (p Plan) Check() error {
	if _, err := time.Parse(time.DateOnly, p.From); err != nil {
		return fmt.Errorf("%q is not a date like 2025-01-17", p.From)
	}
	switch {
	case p.Days < 1 || p.FilesPerDay < 1 || p.Days > maxFiles/p.FilesPerDay:
		return fmt.Errorf("%d files a day on %d days: expected at least one of each, and at most %d files",
			p.FilesPerDay, p.Days, maxFiles)
	case p.FileBytes < 1:
		return fmt.Errorf("files of %d bytes: expected at least 1", p.FileBytes)
	case !slices.Contains(records.Shapes(), p.Shape):
		return fmt.Errorf("there is no shape %q; expected one of %s", p.Shape, strings.Join(records.Shapes(), ", "))
	case !slices.Contains(Rates, p.Rate):
		return fmt.Errorf("there is no rate %q; expected one of %s", p.Rate, joinRates())
	case p.Rate != AllAtOnce && p.Over <= 0:
		return fmt.Errorf("the rate %q needs a time over which to spread the deliveries", p.Rate)
	case p.SchemaChanges < 0:
		return fmt.Errorf("%d schema changes: expected none or more", p.SchemaChanges)
	}
	for name, v := range map[string]float64{
		"size spread": p.SizeSpreadPercent, "bad records": p.BadRecordPercent, "bad names": p.BadNamePercent,
		"awkward names": p.AwkwardNamePercent, "duplicates": p.DuplicatePercent, "overwrites": p.OverwritePercent,
	} {
		if !(v >= 0 && v <= 100) {
			return fmt.Errorf("%s: %v percent; expected 0 to 100", name, v)
		}
	}
	if p.BadNamePercent+p.AwkwardNamePercent > 100 || p.DuplicatePercent+p.OverwritePercent > 100 {
		return fmt.Errorf("bad and awkward names, and duplicates and overwrites, must not exceed 100 percent together")
	}
	return nil
}

func joinRates() string {
	var names []string
	for _, r := range Rates {
		names = append(names, string(r))
	}
	return strings.Join(names, ", ")
}

// A delivery is one put of a file.
type delivery struct {
	index   int // of the file
	version int // 0, or 1 where the file is put again
	at      time.Duration
}

// deliveries returns all puts, in the order of their times.
func (p Plan) deliveries() []delivery {
	var all []delivery
	type repeat struct{ index, version, after int }
	var due []repeat // sorted by after
	n := p.Days * p.FilesPerDay
	for i := range n {
		for len(due) > 0 && due[0].after <= i {
			all = append(all, delivery{index: due[0].index, version: due[0].version})
			due = due[1:]
		}
		all = append(all, delivery{index: i})
		r := p.random(i, streamFate)
		again := 100 * r.Float64()
		version := 0
		if again >= p.DuplicatePercent {
			version = 1
		}
		if again < p.DuplicatePercent+p.OverwritePercent {
			next := repeat{i, version, i + 1 + r.IntN(20)}
			at, _ := slices.BinarySearchFunc(due, next, func(a, b repeat) int { return a.after - b.after })
			due = slices.Insert(due, at, next)
		}
	}
	for _, d := range due {
		all = append(all, delivery{index: d.index, version: d.version})
	}
	for i, at := range p.times(len(all)) {
		all[i].at = at
	}
	return all
}

// times returns when each of n deliveries is due, ascending.
func (p Plan) times(n int) []time.Duration {
	times := make([]time.Duration, n)
	over := float64(p.Over)
	r := p.random(0, streamTimes)
	for i := range times {
		share := float64(i) / float64(n)
		switch p.Rate {
		case AllAtOnce:
			share = 0
		case Burst:
			const bursts = 10
			share = math.Floor(share*bursts) / bursts
		case Ramp:
			share = math.Sqrt(share) // the rate grows in proportion to the time
		case Random:
			share = r.Float64()
		}
		times[i] = time.Duration(share * over)
	}
	slices.Sort(times)
	return times
}

// Independent streams of random numbers for one file.
const (
	streamName = iota
	streamFate
	streamTimes
	streamFlaws
	streamRecords // plus the version
)

// random returns a stream of random numbers of a file, the same in every run.
func (p Plan) random(index, stream int) *rand.Rand {
	return rand.New(rand.NewPCG(p.Seed^uint64(stream)<<56, uint64(index)))
}
