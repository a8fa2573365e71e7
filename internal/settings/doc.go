// Package settings declares the settings of the pipeline, once each: flag, environment variable,
// type, unit, bounds, default and documentation follow from the declaration, for the command line,
// the functions on AWS, docs/SETTINGS.md and the web server. Defaults are the values of
// pipeline.DefaultConfig, and on AWS those of AWS.
//
// The package links no flag library, so that the functions can use it. The command line makes flags
// of the declarations.
package settings
