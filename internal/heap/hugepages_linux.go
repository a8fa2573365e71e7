package heap

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// preferHugePages has the kernel back the next size bytes of heap with pages of 2 MiB, where a
// process has to ask for them ("madvise" in /sys/kernel/mm/transparent_hugepage/enabled, the usual
// setting). Without them, touching memory for the first time takes a tenth of a small conversion.
// Memory that is never used is never allocated; what is used is rounded up.
//
// Go's runtime has no setting for this, but it reuses the memory that it has got from the kernel.
// So the memory is allocated, marked, and left to the garbage collector. TestHugePages fails if the
// runtime changes that.
func preferHugePages(size int) {
	// An error means pages of the usual size.
	_ = unix.Madvise(make([]byte, size), unix.MADV_HUGEPAGE)
	runtime.GC()
}
