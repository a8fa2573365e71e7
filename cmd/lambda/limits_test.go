package main

import (
	"context"
	"math"
	"runtime/debug"
	"testing"
	"time"
)

func TestMemoryLimitFollowsTheFunction(t *testing.T) {
	before := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetMemoryLimit(before) })
	for _, c := range []struct {
		size, set string
		want      int64
	}{
		{"1769", "", 1483944755}, // four fifths
		{"128", "", 107374182},
		{"1769", "100MiB", math.MaxInt64}, // the Go runtime has read GOMEMLIMIT itself; here nothing has
		{"", "", math.MaxInt64},
	} {
		debug.SetMemoryLimit(math.MaxInt64)
		got := limitMemory(func(name string) string {
			return map[string]string{"AWS_LAMBDA_FUNCTION_MEMORY_SIZE": c.size, "GOMEMLIMIT": c.set}[name]
		})
		if now := debug.SetMemoryLimit(-1); now != c.want || got != c.want {
			t.Errorf("%q MB, GOMEMLIMIT=%q: the limit is %d (returned %d), want %d", c.size, c.set, now, got, c.want)
		}
	}
}

func TestMargin(t *testing.T) {
	for limit, want := range map[time.Duration]time.Duration{
		2 * time.Second: time.Second, 10 * time.Second: 2500 * time.Millisecond, time.Minute: 6 * time.Second,
		15 * time.Minute: 10 * time.Second,
	} {
		invocation, cancel := context.WithTimeout(t.Context(), limit)
		ctx, stop := withMargin(invocation)
		end, _ := invocation.Deadline()
		mine, ok := ctx.Deadline()
		if got := end.Sub(mine); !ok || (got-want).Abs() > 50*time.Millisecond {
			t.Errorf("of %v a margin of %v is kept, want %v", limit, got, want)
		}
		stop()
		cancel()
	}
}
