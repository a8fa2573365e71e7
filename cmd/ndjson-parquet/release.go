package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"ndjson-parquet/internal/home/localhome"
	"ndjson-parquet/internal/pipeline"
)

func (a *app) releaseCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "release FILE",
		Short: "Take a quarantined file after all",
		Long: `Take a quarantined file after all: it becomes pending, and the limits that quarantined it no longer apply to it. The
next run, serve or flush processes it. A file whose name is the problem has to be renamed instead.`,
		Example: `  ndjson-parquet files --status quarantined
  ndjson-parquet release 2025-01-17-web-00.ndjson`,
		Args: oneArg("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.release(cmd.Context(), args[0]) },
	}
	a.settings.addCore(cmd)
	return cmd
}

func (a *app) release(ctx context.Context, name string) (err error) {
	p, ledger, places, done, err := a.openToRelease(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done(ctx)) }()
	rows, err := findFile(ctx, ledger, places, name)
	if errors.Is(err, pipeline.ErrNotFound) {
		return a.whyUnknown(ctx, ledger, places, name)
	}
	if err != nil {
		return err
	}
	var released []fileJSON
	for _, f := range rows {
		if f.Status != pipeline.Quarantined {
			continue
		}
		f, err := p.Release(ctx, f.DatePrefix, f.Key)
		if err != nil {
			return err
		}
		released = append(released, newFileJSON(f))
	}
	if len(released) == 0 {
		return fmt.Errorf("%s is %s, not quarantined: there is nothing to release", rows[0].Key, rows[0].Status)
	}
	if a.asJSON {
		return a.printJSON(map[string]any{"released": released})
	}
	for _, f := range released {
		a.say("%s is pending now: %s processes it with the next batch, `flush %s` at once.\n", f.Key, a.goesOn(), f.Date)
	}
	return nil
}

// openToRelease opens either home for a change of a file's row. The caller calls done at the end.
func (a *app) openToRelease(ctx context.Context) (p *pipeline.Pipeline, ledger ledgerToRead, places localhome.Places, done func(context.Context) error, err error) {
	if env, ok := a.onAWS(); ok {
		w, places, err := a.openDeployed(ctx, env)
		if err != nil {
			return nil, nil, places, nil, err
		}
		return w.Pipeline, tableToRead{w.Ledger}, places, func(context.Context) error { return nil }, nil
	}
	home, err := a.open(ctx, slog.LevelWarn)
	if err != nil {
		return nil, nil, places, nil, err
	}
	return home.Pipeline, home.Ledger, home.Places, home.Close, nil
}
