//go:build !linux

package heap

// preferHugePages does nothing: other systems do not let a process ask.
func preferHugePages(int) {}
