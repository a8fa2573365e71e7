package simulation

import (
	"context"
	"flag"
	"io"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

var (
	oneSeed = flag.Uint64("seed", 0, "run only this seed, with its log if -v is given")
	seeds   = flag.Uint64("seeds", 2_000, "number of seeds to run; ./test long runs 10,000")
)

// TestPromises runs many histories. They cover promises 1 to 6 of the design and these field cases
// of docs/FIELD-CASES.md: C1 (repeated events), C2 (an old event last), C3 (lost events), C4
// (overwritten at any moment), C9 (deleted at any moment), C10 (killed after any step), C11 (races
// for a date), C13 (a start that fails), C20 (a lost response) and C21 (repetitions).
func TestPromises(t *testing.T) {
	ctx := context.Background()
	if *oneSeed != 0 {
		log := io.Discard
		if testing.Verbose() {
			log = os.Stderr
		}
		if err := newWorld(*oneSeed, log).run(ctx, 300); err != nil {
			t.Fatalf("seed %d: %v", *oneSeed, err)
		}
		return
	}
	n := *seeds
	if testing.Short() {
		n = min(n, 500)
	}
	var next, failed atomic.Uint64
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for seed := next.Add(1); seed <= n && failed.Load() < 5; seed = next.Add(1) {
				if err := newWorld(seed, io.Discard).run(ctx, 300); err != nil {
					failed.Add(1)
					t.Errorf("seed %d: %v\n  to repeat it: go test ./internal/simulation -run TestPromises -seed %d -v",
						seed,
						err, seed)
				}
			}
		})
	}
	wg.Wait()
}
