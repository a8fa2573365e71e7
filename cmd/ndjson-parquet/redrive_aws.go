package main

import (
	"context"
	"math"

	"ndjson-parquet/internal/home/awshome"
	"ndjson-parquet/internal/pipeline"
)

// redriveDeployed looks at the dead-letter queue of a pipeline on AWS or, unless only listing, admits here what its messages
// tell of: so that a person sees at once why one cannot be admitted, which the queue does not keep.
func (a *app) redriveDeployed(ctx context.Context, env string, list bool) (redriven int, letters []pipeline.DeadLetter, err error) {
	w, _, err := a.openDeployed(ctx, env)
	if err != nil {
		return 0, nil, err
	}
	queue, err := awshome.FindDeadLetters(ctx, env, w, a.getenv)
	if err != nil {
		return 0, nil, err
	}
	limit := math.MaxInt
	if list {
		limit = shownLetters
	}
	err = queue.Each(ctx, limit, func(l awshome.Letter) bool {
		done := !list && l.Error == ""
		for _, arrival := range l.Arrivals {
			if !done {
				break
			}
			if _, err := w.Pipeline.Admit(ctx, arrival); err != nil {
				l.Error, done = err.Error(), false
			}
		}
		if done {
			redriven++
		} else if len(letters) < shownLetters {
			letters = append(letters, l.DeadLetter)
		}
		return done
	})
	return redriven, letters, err
}
