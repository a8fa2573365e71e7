package main

import (
	"fmt"

	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/localfiles"
	"ndjson-parquet/internal/pipeline"
)

// convertExtensions returns the extensions of the files that are read from a directory.
func (a *app) convertExtensions(c convertFlags) (pipeline.Extensions, error) {
	text, source := c.extensions, "--input-extensions"
	if text == "" {
		text, source = a.Getenv("INPUT_EXTENSIONS"), "INPUT_EXTENSIONS"
	}
	if text == "" {
		return localfiles.DefaultExtensions, nil
	}
	extensions, err := pipeline.ParseExtensions(text)
	if err != nil {
		return nil, cli.Usage(fmt.Sprintf("%s: %v", source, err),
			"--input-extensions .ndjson,.log, or '*' for every file")
	}
	return extensions, nil
}

// mostNamed is how many files are named that were left out; the others are counted.
const mostNamed = 10

// noteLeftOut prints which files of the directories are not read.
func (a *app) noteLeftOut(inputs *localfiles.Inputs) {
	for i, f := range inputs.LeftOut {
		if i == mostNamed {
			a.Note("Left out %s more.\n", cli.Plural(len(inputs.LeftOut)-i, "file"))
			break
		}
		a.Note("Left out %s: %s\n", f.Path, f.Reason)
	}
	if inputs.Ignored > 0 {
		a.Note("Ignored %s: hidden, unfinished, or markers such as _SUCCESS.\n", cli.Plural(inputs.Ignored, "file"))
	}
}
