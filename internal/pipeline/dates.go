package pipeline

import (
	"regexp"
	"time"
)

var datePrefixForm = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}`)

// closesAt is when a date closes: midnight UTC at its end, plus FlushGrace for files that are still
// on their way or were named by a clock west of Greenwich.
func (c Config) closesAt(date string) time.Time {
	day, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return time.Time{}
	}
	return day.AddDate(0, 0, 1).Add(c.FlushGrace)
}

// closed reports whether partial batches of the date may be made.
func (c Config) closed(date string, now time.Time) bool { return !now.Before(c.closesAt(date)) }

// datePrefix returns the date at the start of a file's name, or the reason why it cannot be used. A
// date may be at most one day ahead of UTC, since clocks east of Greenwich reach it earlier.
func datePrefix(name string, now time.Time) (date, reason, detail string) {
	date = datePrefixForm.FindString(name)
	if date == "" {
		return Undated, ReasonNoDate, "the name does not start with a date like 2025-01-17"
	}
	day, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return Undated, ReasonBadDate, date + " is not a calendar date"
	}
	if day.After(now.UTC().AddDate(0, 0, 1)) {
		return date, ReasonFutureDate, date +
			" is more than a day in the future; release the file when the date has come"
	}
	return date, "", ""
}
