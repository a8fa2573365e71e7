package pipeline

import (
	"context"
	"time"
)

// A DeadLetter is an arrival that could not be admitted, after several attempts.
type DeadLetter struct {
	Key       string // relative to the input
	ETag      string // of the version that arrived; empty where the event told none
	URI       string // the object's address
	Error     string // of the last attempt
	Attempts  int    // at admitting it, over all
	FirstSeen time.Time
	LastSeen  time.Time
}

// DeadLetters keeps what could not be admitted, for a person to look at and to send on its way again. All methods are
// durable when they return nil, and safe for concurrent use by any number of goroutines and processes.
type DeadLetters interface {
	// DeadLetter records d. If there is a letter of the same Key and ETag, its attempts add up, its error and LastSeen become
	// d's, and its FirstSeen stays.
	DeadLetter(ctx context.Context, d DeadLetter) error

	// DeadLetters returns at most limit letters, those first seen first.
	DeadLetters(ctx context.Context, limit int) ([]DeadLetter, error)

	// Redrive calls again for each letter there is when it begins, those first seen first, and removes those for which again
	// returned nil. The others stay as they are; their errors come back joined. It returns how many it removed, and stops
	// early only when ctx ends or the store fails. A crash leaves at worst a letter whose arrival was admitted: redriven
	// once more, the ledger finds the version known.
	Redrive(ctx context.Context, again func(context.Context, DeadLetter) error) (int, error)
}
