package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/pipeline"
	"ndjson-parquet/internal/report"
)

func (a *app) redriveCommand() *cobra.Command {
	var list bool
	cmd := &cobra.Command{
		Use:   "redrive",
		Short: "Try again to admit the files that could not be admitted",
		Long: `Try again to admit the files that could not be admitted in three attempts (the dead letters).
The next run, serve or flush processes the admitted ones.`,
		Example: `  ndjson-parquet redrive --list                     which files, and why?
  ndjson-parquet redrive`,
		Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.redrive(cmd.Context(), list) },
	}
	a.flags.AddCore(cmd)
	cmd.Flags().BoolVar(&list, "list", false, "only show them")
	return cmd
}

func (a *app) redrive(ctx context.Context, list bool) error {
	r, err := a.deadLetters(ctx, list)
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
func (a *app) deadLetters(ctx context.Context, list bool) (r home.Redriven, err error) {
	if list {
		v, err := a.openView(ctx)
		if err != nil {
			return r, err
		}
		r.Left, err = v.DeadLetters(ctx, home.MostLeft)
		return r, errors.Join(err, v.Close(ctx))
	}
	h, err := a.openHome(ctx)
	if err != nil {
		return r, err
	}
	r, err = h.Redrive(ctx)
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
