package main

import (
	"context"
	"math"
	"runtime/debug"
	"strconv"
	"time"
)

// A part of an invocation's time is kept for its answer: an invocation that reaches its time limit
// is killed, and all that it had done counts as failed.
const (
	marginPart  = 10 // a tenth
	leastMargin = 2500 * time.Millisecond
	mostMargin  = 10 * time.Second
)

// withMargin returns a context that ends before the invocation does.
func withMargin(ctx context.Context) (context.Context, context.CancelFunc) {
	end, limited := ctx.Deadline()
	if !limited {
		return context.WithCancel(ctx)
	}
	rest := time.Until(end)
	margin := min(max(rest/marginPart, leastMargin), mostMargin, rest/2)
	return context.WithDeadline(ctx, end.Add(-margin))
}

// memoryShare is the part of the function's memory that Go's heap may take before the collector
// works harder. The rest is for what the runtime does not count: the binary, stacks, the kernel's
// buffers.
const memoryShare = 0.8

// limitMemory has the garbage collector keep to the memory of the function, unless GOMEMLIMIT says
// otherwise. It returns the limit in bytes.
func limitMemory(getenv func(string) string) int64 {
	size, err := strconv.ParseInt(getenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"), 10, 64)
	if err != nil || size <= 0 || getenv("GOMEMLIMIT") != "" {
		return debug.SetMemoryLimit(-1)
	}
	limit := int64(math.Round(float64(size<<20) * memoryShare))
	debug.SetMemoryLimit(limit)
	return limit
}
