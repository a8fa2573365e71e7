// Package localhome is the home of the pipeline on one machine: a root directory with its places, a runner that converts in
// this process, a watcher, and the two ways of working, Run and Serve. The core decides; this package only wires it.
package localhome
