package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/pipeline"
)

func (a *app) statusCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "status [DATE]",
		Short: "How far is everything?",
		Example: `  ndjson-parquet status
  ndjson-parquet status 2025-01-17 --json`,
		Args: optionalDate,
		RunE: func(cmd *cobra.Command, args []string) error { return a.status(cmd.Context(), first(args)) },
	}
	a.settings.addPlaces(cmd.Flags())
	return cmd
}

func (a *app) status(ctx context.Context, date string) error {
	v, err := a.openView(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = v.Close(ctx) }()
	s := summary{Files: map[pipeline.Status]int{}, BatchesByStatus: map[pipeline.Status]int{}, Outputs: []outputJSON{}, Dates: []dateJSON{}}
	dates, err := v.Ledger.Summary(ctx, date)
	if err != nil {
		return err
	}
	for _, d := range dates {
		for status, n := range d.Files {
			s.Files[status] += n
		}
		s.addCounts(d.Counts)
		s.BytesIn += d.Bytes
		s.Dates = append(s.Dates, dateJSON{d.Date, d.Files, d.Rows, d.Rejected, d.Rescued, d.Bytes})
	}
	for b, err := range v.Ledger.Batches(ctx, date) {
		if err != nil {
			return err
		}
		s.Batches++
		s.BatchesByStatus[b.Status]++
		for _, o := range b.Outputs {
			s.BytesOut += o.Size
		}
		s.Outputs = append(s.Outputs, outputsJSON(v.Places.Output, b.Outputs)...)
	}
	letters, err := v.RecordedDeadLetters(ctx, 1000)
	if err != nil {
		return err
	}
	s.DeadLetters = len(letters)
	if a.asJSON {
		return a.printJSON(s)
	}
	a.printStatus(s, v.Places)
	return nil
}

func (a *app) printStatus(s summary, places home.Places) {
	if len(s.Dates) == 0 {
		a.say("No files yet.\n")
		return
	}
	t := a.newTable("DATE", "FILES", "PENDING", "UNDER WAY", "COMPLETED", "FAILED", "QUARANTINED", "ROWS", "REJECTED", "RESCUED", "INPUT")
	row := func(date string, f map[pipeline.Status]int, rows, rejected, rescued, bytes int64) {
		all := 0
		for _, n := range f {
			all += n
		}
		t.row(text(date), count(int64(all)), count(int64(f[pipeline.Pending])), count(int64(f[pipeline.Manifested]+f[pipeline.Processing])),
			count(int64(f[pipeline.Completed])).good(), count(int64(f[pipeline.Failed])).bad(), count(int64(f[pipeline.Quarantined])).bad(),
			count(rows), count(rejected).warn(), count(rescued).warn(), text(size(bytes)).right())
	}
	for _, d := range s.Dates {
		row(d.Date, d.Files, d.Rows, d.Rejected, d.Rescued, d.BytesIn)
	}
	if len(s.Dates) > 1 {
		row("all", s.Files, s.Rows, s.Rejected, s.Rescued, s.BytesIn)
	}
	t.print()
	a.say("\n%s: %s completed", plural(s.Batches, "batch"), number(int64(s.BatchesByStatus[pipeline.Completed])))
	if n := s.BatchesByStatus[pipeline.Manifested] + s.BatchesByStatus[pipeline.Processing] + s.BatchesByStatus[pipeline.Claiming]; n > 0 {
		a.say(", %s under way", number(int64(n)))
	}
	if n := s.BatchesByStatus[pipeline.Failed]; n > 0 {
		a.say(", %s failed (see batches, then retry BATCH)", number(int64(n)))
	}
	a.say("; %s of Parquet in %s\n", size(s.BytesOut), places.Output)
	if s.DeadLetters > 0 {
		a.say("%s could not be admitted: see redrive\n", plural(s.DeadLetters, "file"))
	}
}

// optionalDate accepts one date or none.
func optionalDate(cmd *cobra.Command, args []string) error {
	if err := countArgs(cmd, args, 0, 1, "DATE"); err != nil || len(args) == 0 {
		return err
	}
	return checkDate(args[0])
}

// checkDate accepts a date prefix of the ledger.
func checkDate(s string) error {
	if _, err := time.Parse(time.DateOnly, s); err != nil && s != pipeline.Undated {
		return &usageError{fmt.Sprintf("%q is not a date", s), "a date like 2025-01-17, or " + pipeline.Undated}
	}
	return nil
}

// first is the first argument, if there is one.
func first(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}
