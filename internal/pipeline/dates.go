package pipeline

import (
	"time"
	_ "time/tzdata" // DateZone must not depend on the machine
)

// zone is the time zone of dates.
func (c Config) zone() *time.Location {
	if c.DateZone == nil {
		return time.UTC
	}
	return c.DateZone
}

// today returns the date at a time, as its midnight in UTC, as time.Parse returns dates.
func (c Config) today(now time.Time) time.Time {
	year, month, day := now.In(c.zone()).Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// closesAt is when a date closes: the midnight at its end in the time zone of dates, plus
// FlushGrace for files that are still on their way or were named by another clock.
func (c Config) closesAt(date string) time.Time {
	day, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return time.Time{}
	}
	end := day.AddDate(0, 0, 1)
	return time.Date(end.Year(), end.Month(), end.Day(), 0, 0, 0, 0, c.zone()).Add(c.FlushGrace)
}

// closed reports whether partial batches of the date may be made.
func (c Config) closed(date string, now time.Time) bool { return !now.Before(c.closesAt(date)) }

// Date returns the date of a file, or the reason why it has none that can be used. It depends only
// on its arguments and the settings DatePattern and DateZone. modified is the time of the file's
// last modification, and needed only if DatePattern.NeedsTime.
//
// A date in a key counts as it is written: DateZone says where it is a date, and converts only
// modified.
func (c Config) Date(key string, modified time.Time) (date, reason, detail string) {
	p := c.DatePattern.get()
	switch {
	case p.fixed != "":
		return p.fixed, "", ""
	case p.modified && modified.IsZero():
		return Undated, ReasonNoDate, "the time of its last modification is not known"
	case p.modified:
		return c.today(modified).Format(time.DateOnly), "", ""
	}
	return p.find(key)
}

// tooEarly returns the reason why a date cannot be used yet: it may be at most one day ahead of the
// time zone of dates, since clocks east of it reach it earlier.
func (c Config) tooEarly(date string, now time.Time) (reason, detail string) {
	day, err := time.Parse(time.DateOnly, date)
	if err != nil || !day.After(c.today(now).AddDate(0, 0, 1)) {
		return "", ""
	}
	return ReasonFutureDate, date + " is more than a day in the future; release the file when the date has come"
}
