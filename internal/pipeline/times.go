package pipeline

import "time"

// The layouts in which times are written.
const (
	// LedgerTimeLayout is the layout of times in ledger rows. It gives every time the same length,
	// so that times sort as text.
	LedgerTimeLayout = "2006-01-02T15:04:05.000000Z"
	// timestampLayout is the layout of the times in execution inputs and alerts.
	timestampLayout = "2006-01-02T15:04:05.000Z"
	// batchTimeLayout is the layout of the claim's time in a batch id.
	batchTimeLayout = "20060102-150405"
)

// Instant returns t as ledgers keep it: in UTC and whole microseconds.
func Instant(t time.Time) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	return t.UTC().Truncate(time.Microsecond)
}
