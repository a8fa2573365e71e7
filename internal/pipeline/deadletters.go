package pipeline

import (
	"context"
	"time"
)

// A DeadLetter is an arrival that several attempts could not admit.
type DeadLetter struct {
	Key       string // relative to the input
	ETag      string // of the version that arrived; empty if the event had none
	URI       string // the object's address
	Error     string // of the last attempt
	Attempts  int    // number of attempts to admit it
	FirstSeen time.Time
	LastSeen  time.Time
}

// DeadLetters keeps arrivals that could not be admitted until the operator inspects them and has
// them tried again. Changes are durable when a method returns nil. All methods are safe for
// concurrent use by any number of goroutines and processes.
type DeadLetters interface {
	// DeadLetter records d. If there is a letter with the same Key and ETag, the attempts add up,
	// its error and LastSeen become d's, and its FirstSeen stays.
	DeadLetter(ctx context.Context, d DeadLetter) error

	// DeadLetters returns up to limit letters in order of FirstSeen.
	DeadLetters(ctx context.Context, limit int) ([]DeadLetter, error)

	// Redrive calls again for each letter that exists when it begins, in order of FirstSeen, and
	// removes those for which again returns nil. The others stay as they are, and their errors are
	// returned together. It returns how many letters it removed, and ends early only if ctx is done
	// or the store fails. A crash may leave a letter whose arrival was admitted; the ledger then
	// knows the version when it is tried again.
	Redrive(ctx context.Context, again func(context.Context, DeadLetter) error) (int, error)
}
