// Package localhome is the home of a pipeline on one machine: a root directory with its places, a
// runner that converts in this process, a watcher, and the two ways of working, Run and Serve. It
// wires the core and decides nothing itself.
package localhome
