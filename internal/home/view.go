package home

import (
	"context"
	"errors"
	"sync"

	"ndjson-parquet/internal/pipeline"
)

// A View is the reading half of a pipeline that stands somewhere. It makes nothing and changes
// nothing. Close it.
type View struct {
	*pipeline.Reader
	Places Places
	// Config is the configuration as far as this process knows it. On one machine another process
	// may work with other settings; on AWS it is that of the functions.
	Config pipeline.Config
	// Resumption says what continues waiting work.
	Resumption pipeline.Resumption

	recorded DeadLetterReader
	all      DeadLetterReader
	close    func(context.Context) error
	closing  sync.Once
	closed   error
}

// A DeadLetterReader lists arrivals that could not be admitted, at most limit, those first seen
// first.
type DeadLetterReader func(ctx context.Context, limit int) ([]pipeline.DeadLetter, error)

// ViewParts are what a View is made of. All must be set, Resumption excepted.
type ViewParts struct {
	Reader     *pipeline.Reader
	Places     Places
	Config     pipeline.Config
	Resumption pipeline.Resumption
	// RecordedDeadLetters lists those that the ledger has; AllDeadLetters also asks a queue, where
	// there is one.
	RecordedDeadLetters DeadLetterReader
	AllDeadLetters      DeadLetterReader
	Close               func(context.Context) error
}

// NewView returns a view of the given parts.
func NewView(p ViewParts) (*View, error) {
	switch {
	case p.Reader == nil, p.RecordedDeadLetters == nil, p.AllDeadLetters == nil, p.Close == nil:
		return nil, errors.New("a view needs a reader, the dead letters and a way to close it")
	case p.Places.Input == "", p.Places.Output == "", p.Places.Manifests == "", p.Places.Quarantine == "",
		p.Places.Ledger == "":
		return nil, errors.New("a view needs the addresses of all places")
	}
	return &View{
		Reader: p.Reader, Places: p.Places, Config: p.Config, Resumption: p.Resumption,
		recorded: p.RecordedDeadLetters, all: p.AllDeadLetters, close: p.Close,
	}, nil
}

// RecordedDeadLetters returns the dead letters that the ledger has. On AWS that is none: they are
// in a queue.
func (v *View) RecordedDeadLetters(ctx context.Context, limit int) ([]pipeline.DeadLetter, error) {
	return v.recorded(ctx, limit)
}

// DeadLetters returns all dead letters. On AWS it receives the messages of the dead-letter queue,
// which hides them from other readers until it returns.
func (v *View) DeadLetters(ctx context.Context, limit int) ([]pipeline.DeadLetter, error) {
	return v.all(ctx, limit)
}

// Close ends the work of this process and releases what the view holds. Further calls return the
// result of the first.
func (v *View) Close(ctx context.Context) error {
	v.closing.Do(func() { v.closed = v.close(ctx) })
	return v.closed
}
