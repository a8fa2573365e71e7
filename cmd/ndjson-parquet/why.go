package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"ndjson-parquet/internal/home/localhome"
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

// A story is all there is to say about one version of a file.
type story struct {
	fileJSON
	Batch      *batchJSON `json:"batch,omitempty"`
	Quarantine string     `json:"quarantine_path,omitempty"`
	Rejects    string     `json:"rejected_path,omitempty"`
	Parquet    []string   `json:"parquet,omitempty"`
	Next       string     `json:"next"`
}

func (a *app) why(ctx context.Context, name string) error {
	ledger, places, err := a.openLedger(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = ledger.Close() }()
	rows, err := findFile(ctx, ledger, places, name)
	if errors.Is(err, pipeline.ErrNotFound) {
		return a.whyUnknown(ctx, ledger, places, name)
	}
	if err != nil {
		return err
	}
	var stories []story
	for _, f := range rows {
		s, err := a.tell(ctx, ledger, places, f)
		if err != nil {
			return err
		}
		stories = append(stories, s)
	}
	if a.asJSON {
		return a.printJSON(map[string]any{"file": name, "versions": stories})
	}
	for _, s := range stories {
		a.printStory(s)
	}
	return nil
}

// tell gathers what is known of a row.
func (a *app) tell(ctx context.Context, ledger ledgerToRead, places localhome.Places, f pipeline.File) (story, error) {
	s := story{fileJSON: newFileJSON(f)}
	if f.Status == pipeline.Quarantined {
		s.Quarantine = join(places.Quarantine, pipeline.QuarantineKey(f))
	}
	if f.BatchID != "" {
		b, _, err := ledger.Batch(ctx, f.BatchID)
		if err != nil {
			return s, err
		}
		j := newBatchJSON(b, places.Output)
		s.Batch = &j
		if f.Status == pipeline.Completed && f.Rows > 0 {
			for _, o := range j.Outputs {
				s.Parquet = append(s.Parquet, o.Path)
			}
		}
		if f.Rejected > 0 {
			s.Rejects = join(places.Quarantine, pipeline.RejectedKey(f.BatchID))
		}
	}
	s.Next = next(s, a.goesOn())
	return s, nil
}

// next says what a person can do about a file; goesOn takes up what waits.
func next(s story, goesOn string) string {
	switch s.Status {
	case pipeline.Pending:
		return "It waits for its batch to fill. `flush " + s.Date + "` processes it now."
	case pipeline.Manifested, pipeline.Processing:
		return "It is under way. If nothing runs any more, " + goesOn + " goes on with it."
	case pipeline.Completed:
		if s.Rejected > 0 {
			return "Its good lines are published. Look at the rejected ones; to add them, correct them and put them into the input as a new file."
		}
		return "Nothing: it is published."
	case pipeline.Failed:
		switch s.Reason {
		case pipeline.ReasonBatchFailed:
			return "Remove the cause, then `retry " + s.fileJSON.Batch + "`."
		case pipeline.ReasonConflict:
			return "It was changed after it was taken. None of it is published; the version that is there now is taken as a new one by " + goesOn + "."
		case pipeline.ReasonMissing:
			return "It was removed before it could be read. None of it is published; put it into the input again."
		}
		return "None of it is published. Correct it and put it into the input again."
	case pipeline.Quarantined:
		switch s.Reason {
		case pipeline.ReasonOverwritten:
			return "The first version is published. `release '" + s.Key + "'` publishes this one as well."
		case pipeline.ReasonNoDate, pipeline.ReasonBadDate, pipeline.ReasonBadExtension, pipeline.ReasonBadName:
			return "Give it a name like 2025-01-17-anything.ndjson and put it into the input again."
		case pipeline.ReasonFutureDate:
			return "`release '" + s.Key + "'` once that date has come."
		}
		return "`release '" + s.Key + "'` takes it in spite of that."
	}
	return ""
}

func (a *app) printStory(s story) {
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

// whyUnknown tells of a file that the ledger does not know.
func (a *app) whyUnknown(ctx context.Context, ledger ledgerToRead, places localhome.Places, name string) error {
	letters, err := ledger.DeadLetters(ctx, 100_000)
	if err != nil {
		return err
	}
	for _, d := range letters {
		if d.Key == name || strings.HasSuffix(d.URI, "/"+name) {
			return fmt.Errorf("%s could not be admitted in %d attempts: %s. Remove the cause, then `redrive`", d.Key, d.Attempts, d.Error)
		}
	}
	return fmt.Errorf("no file %q is known here. Is it in %s? %s takes it from there; `files` lists those that are known", name, places.Input, a.goesOn())
}
