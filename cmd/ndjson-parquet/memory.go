package main

import "runtime/debug"

// Converting reuses nearly all its memory, so collecting seldom is cheap and a limit keeps what is garbage small. The limit is
// soft: records of many megabytes may need more.
const (
	memoryLimit = 128 << 20 // bytes, of the Go heap and stacks
	gcPercent   = 400
)

// tuneMemory suits the garbage collector to converting, unless the environment already says what it shall do.
func (a *app) tuneMemory() {
	if a.getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	if a.getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
}
