package main

import "runtime/debug"

// Converting reuses nearly all its memory, so collecting seldom is cheap and a limit keeps what is garbage small. The limit is
// soft: records of many megabytes may need more.
const (
	memoryLimit = 128 << 20 // bytes, of the Go heap and stacks
	gcPercent   = 400
	hugePages   = 96 << 20 // bytes of heap to be backed by them: what converting needs
)

// tuneMemory suits memory to converting. Of the garbage collector the environment may already say what it shall do.
func (a *app) tuneMemory() {
	if a.getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	if a.getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	preferHugePages(hugePages)
}
