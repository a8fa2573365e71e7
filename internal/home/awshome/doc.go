// Package awshome is the command line's way to a pipeline that runs on AWS: it finds the places and settings of an
// environment, and wires the same core the functions run.
package awshome
