package main

import (
	"context"
	"errors"
	"slices"

	"github.com/spf13/cobra"

	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/pipeline"
	"ndjson-parquet/internal/report"
)

func (a *app) redriveCommand() *cobra.Command {
	var list bool
	var s selection
	cmd := &cobra.Command{
		Use:   "redrive",
		Short: "Try again to admit the files that could not be admitted",
		Long: `Try again to admit the files that could not be admitted in three attempts (the dead letters).
The next run, serve or flush processes the admitted ones.

Without flags that select, it tries all. --list and --dry-run only show them. Exit code 3: some stay.`,
		Example: `  ndjson-parquet redrive --list                     which files, and why?
  ndjson-parquet redrive
  ndjson-parquet redrive --date 2025-01-17 --reason 'access denied'
  ndjson-parquet redrive --match '*-web-*' --dry-run`,
		Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			s.all = !s.isSet()
			if err := s.check("redrive", ""); err != nil {
				return err
			}
			return a.redrive(cmd.Context(), list || s.dryRun, s)
		},
	}
	a.flags.AddCore(cmd)
	cmd.Flags().BoolVar(&list, "list", false, "only show them")
	s.add(cmd, "dead letters")
	return cmd
}

func (a *app) redrive(ctx context.Context, list bool, s selection) error {
	r, err := a.deadLetters(ctx, list, s)
	if err != nil {
		return err
	}
	if a.asJSON {
		err = a.JSON(map[string]any{"redriven": r.Settled, "dead_letters": report.NewDeadLetters(r.Left)})
	} else {
		a.printLetters(list, r.Settled, r.Left)
	}
	if err == nil && !list && len(r.Left) > 0 {
		err = cli.ErrIncomplete
	}
	return err
}

// deadLetters lists the dead letters, or redrives them.
func (a *app) deadLetters(ctx context.Context, list bool, s selection) (r home.Redriven, err error) {
	if list {
		v, err := a.openView(ctx)
		if err != nil {
			return r, err
		}
		r.Left, err = v.DeadLetters(ctx, home.MostLeft)
		r.Left = slices.DeleteFunc(r.Left, func(d pipeline.DeadLetter) bool { return !s.hasLetter(d) })
		return r, errors.Join(err, v.Close(ctx))
	}
	h, err := a.openHome(ctx)
	if err != nil {
		return r, err
	}
	r, err = h.RedriveSelected(ctx, s.hasLetter)
	return r, errors.Join(err, h.Close(ctx))
}

func (a *app) printLetters(list bool, redriven int, letters []pipeline.DeadLetter) {
	if !list {
		a.Say("%s admitted or settled.\n", cli.Plural(redriven, "dead letter"))
	} else if len(letters) == 0 {
		a.Say("No dead letters.\n")
	}
	if len(letters) == 0 {
		return
	}
	t := a.NewTable("FILE", "ATTEMPTS", "FIRST SEEN", "LAST SEEN", "ERROR")
	for _, d := range letters {
		t.Row(cli.Text(d.Key), cli.Count(int64(d.Attempts)), cli.Text(cli.Time(d.FirstSeen)),
			cli.Text(cli.Time(d.LastSeen)), cli.Text(d.Error).Bad())
	}
	t.Print()
}
