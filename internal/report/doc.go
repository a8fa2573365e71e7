// Package report holds the forms in which the program shows a pipeline to other programs: what
// commands print with --json.
package report
