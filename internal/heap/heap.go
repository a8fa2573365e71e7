// Package heap tunes the Go heap for converting.
package heap

import "runtime/debug"

// Converting reuses nearly all its memory, so that rare collections are cheap, and the limit bounds
// the garbage. The limit is soft: records of many megabytes may need more.
const (
	memoryLimit = 128 << 20 // bytes, of the Go heap and stacks
	gcPercent   = 400
	hugePages   = 96 << 20 // bytes of heap backed by huge pages: what converting needs
)

// Tune sets the garbage collector and the kernel's page size for a process that converts. The
// environment variables GOMEMLIMIT and GOGC win.
func Tune(getenv func(string) string) {
	if getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
	if getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	preferHugePages(hugePages)
}
