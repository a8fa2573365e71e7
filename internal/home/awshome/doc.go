// Package awshome is the home of a pipeline on AWS, for the command line and the web server: it
// finds the places and settings of an environment and wires the core as the functions do.
// Executions run in AWS, none in this process.
package awshome
