//go:build !linux

package main

// preferHugePages does nothing: the kernel decides for itself, or there are no larger pages to ask for.
func preferHugePages(int) {}
