package ledgertest

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"ndjson-parquet/internal/pipeline"
)

// RunDeadLetters tests an implementation of pipeline.DeadLetters. open returns a new, empty one.
func RunDeadLetters(t *testing.T, open func(t testing.TB) pipeline.DeadLetters) {
	letter := func(name string, n int) pipeline.DeadLetter {
		return pipeline.DeadLetter{
			Key: day + "-" + name + ".ndjson", ETag: "e1", URI: "file:///in/" + name, Error: "no space", Attempts: 3,
			FirstSeen: at(n), LastSeen: at(n + 2),
		}
	}
	record := func(t *testing.T, l pipeline.DeadLetters, letters ...pipeline.DeadLetter) {
		t.Helper()
		for _, d := range letters {
			if err := l.DeadLetter(t.Context(), d); err != nil {
				t.Fatal(err)
			}
		}
	}
	list := func(t *testing.T, l pipeline.DeadLetters, limit int) []pipeline.DeadLetter {
		t.Helper()
		letters, err := l.DeadLetters(t.Context(), limit)
		if err != nil {
			t.Fatal(err)
		}
		return letters
	}
	for name, hold := range map[string]func(t *testing.T, l pipeline.DeadLetters){
		"ListedByFirstSeen": func(t *testing.T, l pipeline.DeadLetters) {
			same(t, "none", list(t, l, 10), []pipeline.DeadLetter(nil))
			record(t, l, letter("b", 5), letter("a", 9), letter("c", 1))
			same(t, "letters", list(t, l, 10), []pipeline.DeadLetter{letter("c", 1), letter("b", 5), letter("a", 9)})
			same(t, "limit", list(t, l, 2), []pipeline.DeadLetter{letter("c", 1), letter("b", 5)})
		},
		"SameArrivalAddsUp": func(t *testing.T, l pipeline.DeadLetters) {
			again := letter("a", 20)
			again.Error = "still none"
			other := letter("a", 30)
			other.ETag = "e2"
			record(t, l, letter("a", 1), again, other)
			want := letter("a", 1)
			want.Error, want.Attempts, want.LastSeen = "still none", 6, at(22)
			same(t, "letters", list(t, l, 10), []pipeline.DeadLetter{want, other})
		},
		"C21_RedriveRemovesWhatSucceeds": func(t *testing.T, l pipeline.DeadLetters) {
			record(t, l, letter("a", 1), letter("b", 2), letter("c", 3))
			cause := errors.New("b is still ill")
			for round, want := range []int{2, 0, 1} {
				var seen []string
				n, err := l.Redrive(t.Context(), func(_ context.Context, d pipeline.DeadLetter) error {
					seen = append(seen, d.Key)
					if round < 2 && d == letter("b", 2) {
						return cause
					}
					return nil
				})
				if round < 2 {
					isError(t, "redrive", err, cause)
				} else if err != nil {
					t.Fatal(err)
				}
				same(t, fmt.Sprintf("round %d", round), n, want)
				same(t, "calls", len(seen), []int{3, 1, 1}[round])
			}
			same(t, "left", list(t, l, 10), []pipeline.DeadLetter(nil))
		},
		"RedriveKeepsALetterThatCameAgainMeanwhile": func(t *testing.T, l pipeline.DeadLetters) {
			record(t, l, letter("a", 1))
			n, err := l.Redrive(t.Context(), func(context.Context, pipeline.DeadLetter) error {
				return l.DeadLetter(t.Context(), letter("a", 8))
			})
			if err != nil {
				t.Fatal(err)
			}
			same(t, "removed", n, 0)
			same(t, "last seen", list(t, l, 10)[0].LastSeen, at(10))
		},
		"RedriveStopsForACallerThatHasGone": func(t *testing.T, l pipeline.DeadLetters) {
			record(t, l, letter("a", 1), letter("b", 2))
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			calls := 0
			_, err := l.Redrive(ctx, func(ctx context.Context, _ pipeline.DeadLetter) error {
				calls++
				cancel()
				return ctx.Err()
			})
			isError(t, "redrive", err, context.Canceled)
			same(t, "calls", calls, 1)
			same(t, "left", len(list(t, l, 10)), 2)
		},
	} {
		t.Run(name, func(t *testing.T) { hold(t, open(t)) })
	}
}
