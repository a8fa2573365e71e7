package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"ndjson-parquet/internal/home/localhome"
	"ndjson-parquet/internal/pipeline"
)

func (a *app) flushCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "flush DATE",
		Short:   "Process what is pending of a date now",
		Example: `  ndjson-parquet flush 2025-01-17`,
		Args: func(cmd *cobra.Command, args []string) error {
			if err := countArgs(cmd, args, 1, 1, "DATE"); err != nil {
				return err
			}
			return checkDate(args[0])
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if env, ok := a.onAWS(); ok {
				return a.startDeployed(cmd.Context(), env, func(p *pipeline.Pipeline) ([]pipeline.BatchID, error) {
					return p.Flush(cmd.Context(), args[0])
				})
			}
			return a.work(cmd.Context(), func(ctx context.Context, home *localhome.Home) (localhome.RunReport, error) {
				return home.Flush(ctx, args[0])
			})
		},
	}
	a.settings.addCore(cmd)
	return cmd
}

// stopGrace is how long running conversions may go on after a signal to stop.
const stopGrace = 30 * time.Second

// work opens the home, has it do something that ends in a report, closes it, and prints the report.
func (a *app) work(ctx context.Context, do func(context.Context, *localhome.Home) (localhome.RunReport, error)) error {
	began := time.Now()
	home, err := a.open(ctx, slog.LevelWarn)
	if err != nil {
		return err
	}
	progress := a.startProgress("converting", home.Progress)
	report, err := do(ctx, home)
	progress.stop()
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopGrace)
	defer cancel()
	if err = errors.Join(err, home.Close(stopping)); err != nil {
		return err
	}
	if a.asJSON {
		err = a.printJSON(runSummary(home, report, time.Since(began)))
	} else {
		a.printRun(home, report, time.Since(began))
	}
	if err == nil && report.Incomplete() {
		err = errIncomplete
	}
	return err
}
