package pipeline

import (
	"regexp"
	"time"
)

var datePrefixForm = regexp.MustCompile(`^\d{4}-\d{2}-\d{2}`)

// closesAt is when a date is over for us: midnight UTC after it, and the grace for files that are still under way or were
// named by a clock west of Greenwich.
func (c Config) closesAt(date string) time.Time {
	day, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return time.Time{}
	}
	return day.AddDate(0, 0, 1).Add(c.FlushGrace)
}

// closed reports whether the date's partial batches may go.
func (c Config) closed(date string, now time.Time) bool { return !now.Before(c.closesAt(date)) }

// datePrefix returns the date at the start of a file's name, or the reason there is none that can be used. A date may lie at most one
// day ahead of UTC: clocks east of Greenwich get there first.
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
		return date, ReasonFutureDate, date + " lies more than a day in the future; release the file when the date has come"
	}
	return date, "", ""
}
