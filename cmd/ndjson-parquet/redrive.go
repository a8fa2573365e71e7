package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/pipeline"
)

func (a *app) redriveCommand() *cobra.Command {
	var list bool
	cmd := &cobra.Command{
		Use:   "redrive",
		Short: "Try again to admit the files that could not be admitted",
		Long: `Try again to admit the files that could not be admitted in three attempts (the dead letters). Those that are admitted
now are processed by the next run, serve or flush.`,
		Example: `  ndjson-parquet redrive --list                     which files, and why?
  ndjson-parquet redrive`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.redrive(cmd.Context(), list) },
	}
	a.settings.addCore(cmd)
	cmd.Flags().BoolVar(&list, "list", false, "only show them")
	return cmd
}

func (a *app) redrive(ctx context.Context, list bool) error {
	r, err := a.deadLetters(ctx, list)
	if err != nil {
		return err
	}
	if a.asJSON {
		err = a.printJSON(map[string]any{"redriven": r.Settled, "dead_letters": newLettersJSON(r.Left)})
	} else {
		a.printLetters(list, r.Settled, r.Left)
	}
	if err == nil && !list && len(r.Left) > 0 {
		err = errIncomplete
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
		a.say("%s admitted or settled.\n", plural(redriven, "dead letter"))
	} else if len(letters) == 0 {
		a.say("No dead letters.\n")
	}
	if len(letters) == 0 {
		return
	}
	t := a.newTable("FILE", "ATTEMPTS", "FIRST SEEN", "LAST SEEN", "ERROR")
	for _, d := range letters {
		t.row(text(d.Key), count(int64(d.Attempts)), text(when(d.FirstSeen)), text(when(d.LastSeen)), text(d.Error).bad())
	}
	t.print()
}

// A letterJSON is one dead letter.
type letterJSON struct {
	Key       string `json:"file_key"`
	URI       string `json:"file_path"`
	Error     string `json:"error"`
	Attempts  int    `json:"attempts"`
	FirstSeen string `json:"first_seen"`
	LastSeen  string `json:"last_seen"`
}

func newLettersJSON(letters []pipeline.DeadLetter) []letterJSON {
	all := []letterJSON{}
	for _, d := range letters {
		all = append(all, letterJSON{d.Key, d.URI, d.Error, d.Attempts, when(d.FirstSeen), when(d.LastSeen)})
	}
	return all
}
