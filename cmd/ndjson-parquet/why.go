package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/pipeline"
	"ndjson-parquet/internal/report"
)

func (a *app) whyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "why FILE",
		Short: "Show where a file is, why, and what to do next",
		Long: `Show where a file is, why, and what to do next.

FILE is its key (its path below the input), its name, or its path.`,
		Example: `  ndjson-parquet why 2025-01-17-web-00.ndjson
  ndjson-parquet why data/input/2025-01-17-web-00.ndjson --json`,
		Args: cli.OneArg("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.why(cmd.Context(), args[0]) },
	}
	a.flags.AddPlaces(cmd.Flags())
	return cmd
}

func (a *app) why(ctx context.Context, name string) error {
	v, err := a.openView(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = v.Close(ctx) }()
	rows, err := v.Find(ctx, name)
	if errors.Is(err, pipeline.ErrNotFound) {
		return unknownFile(ctx, v, name)
	}
	if err != nil {
		return err
	}
	var stories []report.Story
	for _, f := range rows {
		s, err := v.Explain(ctx, f)
		if err != nil {
			return err
		}
		stories = append(stories, report.NewStory(s, v.Places.Output))
	}
	if a.asJSON {
		return a.JSON(map[string]any{"file": name, "versions": stories})
	}
	for _, s := range stories {
		a.printStory(s)
	}
	return nil
}

func (a *app) printStory(s report.Story) {
	line := func(label, format string, args ...any) {
		a.Say("  %-12s %s\n", label, fmt.Sprintf(format, args...))
	}
	a.Say("%s is %s", s.Key, a.Style(statusCell(s.Status)))
	if s.Reason != "" {
		a.Say(": %s", s.Reason)
	}
	a.Say("\n")
	if s.Detail != "" {
		line("because", "%s", s.Detail)
	}
	line("date", "%s", s.Date)
	line("size", "%s", cli.Size(s.Size))
	line("seen", "%s, last change %s", cli.Time(s.CreatedAt), cli.Time(s.UpdatedAt))
	line("read from", "%s", s.Path)
	if s.Quarantine != "" {
		line("kept in", "%s", s.Quarantine)
	}
	if b := s.Batch; b != nil {
		line("batch", "%s, %s, %s", b.ID, b.Status, cli.Plural(b.FileCount, "file"))
		line("manifest", "%s", b.ManifestPath)
		if b.Error != "" {
			line("error", "%s", b.Error)
		}
	}
	if s.Status == pipeline.Completed {
		line("lines", "%s = %s rows + %s rejected + %s blank; %s rescued", cli.Number(s.Lines), cli.Number(s.Rows),
			cli.Number(s.Rejected), cli.Number(s.Blank), cli.Plural(int(s.Rescued), "value"))
	}
	for _, p := range s.Parquet {
		line("Parquet", "%s", p)
	}
	for i, o := range s.Oddities {
		if i == mostOddities {
			break
		}
		line("odd in batch", "%s", oddityText(o))
	}
	if s.Rejects != "" {
		line("rejected", "%s", s.Rejects)
	}
	line("next", "%s", s.Next)
}

// unknownFile is the error for a name that the ledger does not have, with what can be done about
// it.
func unknownFile(ctx context.Context, v *home.View, name string) error {
	advice, err := v.Unknown(ctx, name)
	if err != nil {
		return err
	}
	return errors.New(strings.TrimSuffix(advice.String(), "."))
}
