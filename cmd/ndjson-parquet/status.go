package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/pipeline"
	"ndjson-parquet/internal/report"
)

func (a *app) statusCommand() *cobra.Command {
	var watch bool
	var every time.Duration
	cmd := &cobra.Command{
		Use:   "status [DATE]",
		Short: "Show how far everything is",
		Example: `  ndjson-parquet status
  ndjson-parquet status 2025-01-17 --json
  ndjson-parquet status --watch                     a live view; Ctrl-C ends it
  ndjson-parquet status --watch --json | jq .files  a line of NDJSON at each change`,
		Args: cli.OptionalDate,
		RunE: func(cmd *cobra.Command, args []string) error {
			if watch {
				return a.watch(cmd.Context(), cli.First(args), every)
			}
			return a.status(cmd.Context(), cli.First(args))
		},
	}
	a.flags.AddPlaces(cmd.Flags())
	cmd.Flags().BoolVar(&watch, "watch", false, "keep showing it, until Ctrl-C")
	cmd.Flags().DurationVar(&every, "every", 0,
		"how often --watch looks (default 1s; 30s on AWS, where looking costs requests)")
	return cmd
}

func (a *app) status(ctx context.Context, date string) error {
	v, err := a.openView(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = v.Close(ctx) }()
	s := report.Summary{Files: map[pipeline.Status]int{}, BatchesByStatus: map[pipeline.Status]int{},
		Outputs: []report.Output{}, Dates: []report.Date{}}
	dates, err := v.Ledger.Summary(ctx, date)
	if err != nil {
		return err
	}
	for _, d := range dates {
		for status, n := range d.Files {
			s.Files[status] += n
		}
		s.AddCounts(d.Counts)
		s.BytesIn += d.Bytes
		s.Dates = append(s.Dates, report.NewDate(d))
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
		s.Outputs = append(s.Outputs, report.Outputs(v.Places.Output, b.Outputs)...)
	}
	letters, err := v.RecordedDeadLetters(ctx, 1000)
	if err != nil {
		return err
	}
	s.DeadLetters = len(letters)
	if a.asJSON {
		return a.JSON(s)
	}
	a.printStatus(s, v.Places)
	return nil
}

func (a *app) printStatus(s report.Summary, places home.Places) {
	if len(s.Dates) == 0 {
		a.Say("No files yet.\n")
		return
	}
	t := a.NewTable("DATE", "FILES", "PENDING", "UNDER WAY", "COMPLETED", "FAILED", "QUARANTINED", "ROWS", "REJECTED",
		"RESCUED", "INPUT")
	row := func(date string, f map[pipeline.Status]int, rows, rejected, rescued, bytes int64) {
		all := 0
		for _, n := range f {
			all += n
		}
		t.Row(cli.Text(date), cli.Count(int64(all)), cli.Count(int64(f[pipeline.Pending])),
			cli.Count(int64(f[pipeline.Manifested]+f[pipeline.Processing])),
			cli.Count(int64(f[pipeline.Completed])).Good(), cli.Count(int64(f[pipeline.Failed])).Bad(),
			cli.Count(int64(f[pipeline.Quarantined])).Bad(),
			cli.Count(rows), cli.Count(rejected).Warn(), cli.Count(rescued).Warn(), cli.Text(cli.Size(bytes)).Right())
	}
	for _, d := range s.Dates {
		row(d.Date, d.Files, d.Rows, d.Rejected, d.Rescued, d.BytesIn)
	}
	if len(s.Dates) > 1 {
		row("all", s.Files, s.Rows, s.Rejected, s.Rescued, s.BytesIn)
	}
	t.Print()
	a.Say("\n%s: %s completed", cli.Plural(s.Batches, "batch"),
		cli.Number(int64(s.BatchesByStatus[pipeline.Completed])))
	if n := s.BatchesByStatus[pipeline.Manifested] + s.BatchesByStatus[pipeline.Processing] +
		s.BatchesByStatus[pipeline.Claiming]; n > 0 {
		a.Say(", %s under way", cli.Number(int64(n)))
	}
	if n := s.BatchesByStatus[pipeline.Failed]; n > 0 {
		a.Say(", %s failed (see batches, then retry BATCH)", cli.Number(int64(n)))
	}
	a.Say("; %s of Parquet in %s\n", cli.Size(s.BytesOut), places.Output)
	if s.DeadLetters > 0 {
		a.Say("%s could not be admitted: see redrive\n", cli.Plural(s.DeadLetters, "file"))
	}
}
