package main

import (
	"fmt"
	"path"
	"strings"

	"github.com/spf13/cobra"

	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/pipeline"
)

// A selection says which of many files or batches a command acts on: those that match everything
// that is set.
type selection struct {
	date   string // a date prefix
	reason string // of a file, or a part of an error's text
	match  string // glob over a file's key, or over its name if it has no slash
	all    bool   // everything that the command can act on
	dryRun bool   // show, and change nothing
}

// add adds the flags of a selection. what is what the command selects, in the plural.
func (s *selection) add(cmd *cobra.Command, what string) {
	f := cmd.Flags()
	f.StringVar(&s.date, "date", "", "only "+what+" of this date")
	f.StringVar(&s.reason, "reason", "", "only "+what+" with this reason, or with this text in their error")
	f.StringVar(&s.match, "match", "", "only "+what+" whose file key matches this `pattern`, such as '*web*'")
	f.BoolVar(&s.all, "all", false, "all "+what)
	f.BoolVar(&s.dryRun, "dry-run", false, "show what would happen, and change nothing")
}

// isSet reports whether a flag selects something.
func (s *selection) isSet() bool { return s.all || s.date != "" || s.reason != "" || s.match != "" }

// check reports flags that are not valid, or that do not go together with an argument.
func (s *selection) check(command, argument string) error {
	if argument != "" && s.isSet() {
		return cli.Usage(command+" takes an argument or flags that select, not both", "one of them")
	}
	if argument == "" && !s.isSet() {
		return cli.Usage(command+" needs to know what to act on",
			command+" --all --dry-run, or --date, --reason, --match")
	}
	if s.date != "" {
		if err := cli.CheckDate(s.date); err != nil {
			return err
		}
	}
	if _, err := path.Match(s.match, ""); err != nil {
		return cli.Usage(fmt.Sprintf("--match %q is not a valid pattern", s.match), "--match '*web*'")
	}
	return nil
}

// hasKey reports whether a file's key matches the pattern.
func (s *selection) hasKey(key string) bool {
	if s.match == "" {
		return true
	}
	if !strings.Contains(s.match, "/") {
		key = path.Base(key)
	}
	ok, _ := path.Match(s.match, key)
	return ok
}

// hasReason reports whether a reason, or an error's text, is the selected one.
func (s *selection) hasReason(reason, text string) bool {
	return s.reason == "" || reason == s.reason ||
		text != "" && strings.Contains(strings.ToLower(text), strings.ToLower(s.reason))
}

// hasFile reports whether a file is selected; its date is not compared.
func (s *selection) hasFile(f pipeline.File) bool {
	return s.hasKey(f.Key) && s.hasReason(f.Reason, f.Detail)
}

// hasLetter reports whether a dead letter is selected.
func (s *selection) hasLetter(d pipeline.DeadLetter) bool {
	return (s.date == "" || strings.HasPrefix(path.Base(d.Key), s.date)) && s.hasKey(d.Key) && s.hasReason("", d.Error)
}
