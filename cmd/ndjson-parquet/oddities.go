package main

import (
	"cmp"
	"fmt"
	"slices"

	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/pipeline"
)

// mostOddities is how many oddities are printed.
const mostOddities = 5

// printOddities prints the most frequent oddities with say.
func printOddities(say func(format string, args ...any), all []pipeline.Oddity) {
	byCount := slices.Clone(all)
	slices.SortStableFunc(byCount, func(a, b pipeline.Oddity) int { return cmp.Compare(b.Count, a.Count) })
	most := mostOddities
	if len(byCount) > most {
		most--
	}
	for i, o := range byCount {
		if i == most {
			say("  %s more were odd: --json lists them\n", cli.Plural(len(byCount)-i, "thing"))
			break
		}
		say("  %s\n", oddityText(o))
	}
}

// oddityText is an oddity in one line: how often, where, and what it is.
func oddityText(o pipeline.Oddity) string {
	place := o.URI
	if o.Line > 0 {
		place = fmt.Sprintf("%s:%d", o.URI, o.Line)
	}
	what := o.Kind
	if o.Column != "" {
		what += " in column " + o.Column
	}
	return fmt.Sprintf("%s × %s, first at %s: %s", cli.Number(o.Count), what, place, o.Detail)
}
