package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/pipeline"
)

func (a *app) whyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "why FILE",
		Short: "Where is this file, why, and what to do next",
		Long: `Where is this file, why, and what to do next.

FILE is its key (its path below the input), its name, or its path.`,
		Example: `  ndjson-parquet why 2025-01-17-web-00.ndjson
  ndjson-parquet why data/input/2025-01-17-web-00.ndjson --json`,
		Args: oneArg("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.why(cmd.Context(), args[0]) },
	}
	a.settings.addPlaces(cmd.Flags())
	return cmd
}

// A storyJSON is everything known about one version of a file.
type storyJSON struct {
	fileJSON
	Batch      *batchJSON         `json:"batch,omitempty"`
	Quarantine string             `json:"quarantine_path,omitempty"`
	Rejects    string             `json:"rejected_path,omitempty"`
	Parquet    []string           `json:"parquet,omitempty"`
	Next       string             `json:"next"`
	Commands   []pipeline.Command `json:"next_commands,omitempty"`
}

func newStoryJSON(s home.Story, output string) storyJSON {
	j := storyJSON{
		fileJSON: newFileJSON(s.File), Quarantine: s.Quarantine, Rejects: s.Rejects, Parquet: s.Parquet,
		Next: s.Next.String(), Commands: s.Next.Commands,
	}
	if s.Batch != nil {
		b := newBatchJSON(*s.Batch, output)
		j.Batch = &b
	}
	return j
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
	var stories []storyJSON
	for _, f := range rows {
		s, err := v.Explain(ctx, f)
		if err != nil {
			return err
		}
		stories = append(stories, newStoryJSON(s, v.Places.Output))
	}
	if a.asJSON {
		return a.printJSON(map[string]any{"file": name, "versions": stories})
	}
	for _, s := range stories {
		a.printStory(s)
	}
	return nil
}

func (a *app) printStory(s storyJSON) {
	line := func(label, format string, args ...any) {
		a.say("  %-12s %s\n", label, fmt.Sprintf(format, args...))
	}
	status := statusCell(s.Status)
	shown := status.text
	if a.colours() && status.colour != "" {
		shown = "\x1b[" + status.colour + "m" + shown + "\x1b[0m"
	}
	a.say("%s is %s", s.Key, shown)
	if s.Reason != "" {
		a.say(": %s", s.Reason)
	}
	a.say("\n")
	if s.Detail != "" {
		line("because", "%s", s.Detail)
	}
	line("date", "%s", s.Date)
	line("size", "%s", size(s.Size))
	line("seen", "%s, last change %s", when(s.CreatedAt), when(s.UpdatedAt))
	line("read from", "%s", s.Path)
	if s.Quarantine != "" {
		line("kept in", "%s", s.Quarantine)
	}
	if b := s.Batch; b != nil {
		line("batch", "%s, %s, %s", b.ID, b.Status, plural(b.FileCount, "file"))
		line("manifest", "%s", b.ManifestPath)
		if b.Error != "" {
			line("error", "%s", b.Error)
		}
	}
	if s.Status == pipeline.Completed {
		line("lines", "%s = %s rows + %s rejected + %s blank; %s rescued", number(s.Lines), number(s.Rows), number(s.Rejected), number(s.Blank), plural(int(s.Rescued), "value"))
	}
	for _, p := range s.Parquet {
		line("Parquet", "%s", p)
	}
	if s.Rejects != "" {
		line("rejected", "%s", s.Rejects)
	}
	line("next", "%s", s.Next)
}

// unknownFile is the error for a name that the ledger does not have, with what can be done about it.
func unknownFile(ctx context.Context, v *home.View, name string) error {
	advice, err := v.Unknown(ctx, name)
	if err != nil {
		return err
	}
	return errors.New(strings.TrimSuffix(advice.String(), "."))
}
