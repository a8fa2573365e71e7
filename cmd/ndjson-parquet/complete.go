package main

import (
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/home/awshome"
	"ndjson-parquet/internal/pipeline"
)

const (
	// completeWithin bounds how long a completion looks: the shell waits for it.
	completeWithin = 500 * time.Millisecond
	// mostCompleted bounds the words that are offered.
	mostCompleted = 100
)

// A completer offers words for what is typed.
type completer = func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective)

// completeFrom offers the words that lists find in the ledger for the first argument, or for a
// flag. On AWS it offers none, because each look would cost requests and time.
func (a *app) completeFrom(lists ...func(context.Context, *home.View, string) []string) completer {
	return func(_ *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		const only = cobra.ShellCompDirectiveNoFileComp
		if _, ok := awshome.Environment(a.flags.Root); ok || len(args) > 0 {
			return nil, only
		}
		ctx, cancel := context.WithTimeout(context.Background(), completeWithin)
		defer cancel()
		v, err := a.openView(ctx)
		if err != nil {
			return nil, only
		}
		defer func() { _ = v.Close(context.WithoutCancel(ctx)) }()
		var words []string
		for _, list := range lists {
			words = append(words, list(ctx, v, typed)...)
		}
		return words[:min(len(words), mostCompleted)], only
	}
}

// completeFlag completes a flag of a command that has it.
func completeFlag(cmd *cobra.Command, name string, c completer) {
	if cmd.Flag(name) != nil {
		noArgs := func(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
			return c(cmd, nil, typed)
		}
		_ = cmd.RegisterFlagCompletionFunc(name, noArgs) // fails only for a flag that is not there
	}
}

// dates lists the dates of the ledger, the newest first.
func dates(ctx context.Context, v *home.View, _ string) []string {
	all, _ := v.Ledger.Summary(ctx, "")
	var words []string
	for _, d := range slices.Backward(all) {
		words = append(words, d.Date)
	}
	return words
}

// batchIDs lists batches with one of the given statuses, those of the typed date or of the newest.
func batchIDs(statuses ...pipeline.Status) func(context.Context, *home.View, string) []string {
	return func(ctx context.Context, v *home.View, typed string) []string {
		var words []string
		for _, date := range typedDates(ctx, v, typed) {
			for b, err := range v.Ledger.LatestBatches(ctx, date) {
				if err != nil || len(words) >= mostCompleted {
					return words
				}
				if slices.Contains(statuses, b.Status) {
					words = append(words, string(b.ID)+"\t"+string(b.Status))
				}
			}
		}
		return words
	}
}

// fileKeys lists files with the given status; an empty one means any.
func fileKeys(status pipeline.Status) func(context.Context, *home.View, string) []string {
	return func(ctx context.Context, v *home.View, typed string) []string {
		var words []string
		for _, date := range typedDates(ctx, v, typed) {
			for f, err := range v.Ledger.Files(ctx, date, status) {
				if err != nil || len(words) >= mostCompleted {
					return words
				}
				words = append(words, f.Key+"\t"+string(f.Status))
			}
		}
		return words
	}
}

// typedDates returns the date with which the typed word begins, or the newest dates.
func typedDates(ctx context.Context, v *home.View, typed string) []string {
	if len(typed) >= len(time.DateOnly) {
		if date := typed[:len(time.DateOnly)]; slices.Contains(dates(ctx, v, ""), date) {
			return []string{date}
		}
	}
	all := dates(ctx, v, "")
	return all[:min(len(all), watchedDates)]
}

// completeCommands adds to the commands what completes their arguments and flags from the ledger.
func (a *app) completeCommands(root *cobra.Command) {
	arguments := map[string]completer{
		"status": a.completeFrom(dates), "files": a.completeFrom(dates), "batches": a.completeFrom(dates),
		"verify": a.completeFrom(dates), "flush": a.completeFrom(dates), "why": a.completeFrom(fileKeys("")),
		"release":   a.completeFrom(fileKeys(pipeline.Quarantined)),
		"retry":     a.completeFrom(batchIDs(pipeline.Failed), fileKeys(pipeline.Failed)),
		"reprocess": a.completeFrom(dates, batchIDs(pipeline.Completed), fileKeys(pipeline.Completed)),
	}
	words := func(list []string) completer {
		return func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			return list, cobra.ShellCompDirectiveNoFileComp
		}
	}
	var statuses []string
	for _, s := range pipeline.Statuses {
		statuses = append(statuses, string(s))
	}
	for _, c := range root.Commands() {
		if complete := arguments[c.Name()]; complete != nil {
			c.ValidArgsFunction = complete
		}
		completeFlag(c, "date", a.completeFrom(dates))
		completeFlag(c, "status", words(statuses))
		completeFlag(c, "reason", a.completeFrom(reasons))
	}
}

// reasons lists the reasons of files that are quarantined or failed now.
func reasons(ctx context.Context, v *home.View, _ string) []string {
	var words []string
	for _, status := range []pipeline.Status{pipeline.Quarantined, pipeline.Failed} {
		looked := 0
		for f, err := range v.Ledger.Files(ctx, "", status) {
			if looked++; err != nil || looked > 10*mostCompleted {
				break
			}
			if f.Reason != "" && !slices.Contains(words, f.Reason) {
				words = append(words, f.Reason)
			}
		}
	}
	return words
}
