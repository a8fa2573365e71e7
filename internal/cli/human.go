package cli

import (
	"os"
	"path/filepath"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/dustin/go-humanize/english"

	"ndjson-parquet/internal/home"
)

// Number groups the digits of n: 1,234,567.
func Number(n int64) string { return humanize.Comma(n) }

// Plural is a count with its noun: 1 batch, 2 batches.
func Plural(n int, noun string) string {
	return Number(int64(n)) + " " + english.PluralWord(n, noun, "")
}

// Size is a number of bytes in a unit that suits it, with three digits: 3.50 MB.
func Size(n int64) string { return humanize.BytesN(uint64(max(n, 0)), 3) }

// Duration rounds d to three digits or so.
func Duration(d time.Duration) time.Duration {
	switch {
	case d < time.Second:
		return d.Round(time.Millisecond)
	case d < time.Minute:
		return d.Round(100 * time.Millisecond)
	}
	return d.Round(time.Second)
}

// Time is a time in UTC, "-" if it is zero.
func Time(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format("2006-01-02 15:04:05Z")
}

// Ago is a time in UTC and how long ago it was.
func Ago(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return Time(t) + " (" + humanize.Time(t) + ")"
}

// Path is a local place relative to the working directory, where that is shorter.
func Path(place string) string {
	if home.IsRemote(place) {
		return place
	}
	if wd, err := os.Getwd(); err == nil {
		if rel, err := filepath.Rel(wd, place); err == nil && len(rel) < len(place) {
			return rel
		}
	}
	return place
}
