package main

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// preferHugePages has the kernel back the next size bytes of heap with pages of 2 MiB, where it does so for those who ask
// ("madvise" in /sys/kernel/mm/transparent_hugepage/enabled, the usual setting). Touching memory for the first time is a tenth
// of a small conversion otherwise. Memory that is never used is never taken; only what is used is rounded up.
//
// Go's runtime does not ask, and has no way to be told to. But what it has once got from the kernel it uses again: so the memory
// is allocated, marked, and left to the garbage collector. TestHugePages notices should that change.
func preferHugePages(size int) {
	// An error means pages of the usual size, which is no harm.
	_ = unix.Madvise(make([]byte, size), unix.MADV_HUGEPAGE)
	runtime.GC()
}
