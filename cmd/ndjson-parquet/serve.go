package main

import (
	"context"
	"log/slog"
	"sync"

	"github.com/spf13/cobra"

	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/home/localhome"
	"ndjson-parquet/internal/web"
)

func (a *app) serveCommand() *cobra.Command {
	var l listenSettings
	cmd := &cobra.Command{
		Use:   "serve [INPUT]",
		Short: "Keep processing files as they arrive",
		Long: `Keep processing files as they arrive, until stopped.

A batch is made as soon as enough files of one date are there (--max-files-per-manifest), or have waited long
enough (--max-batch-age-seconds); what is left of a date is processed soon after the date has ended in UTC. A
file that is being written is not taken: write it elsewhere and rename it, or leave it alone for --settle.
SIGINT or SIGTERM stops after the running conversions; a second one stops at once. Nothing is lost either way.

A dashboard shows all of it in a browser of this machine, at the address that is printed; see the command dashboard.`,
		Example: `  ndjson-parquet serve                               watch ./data/input
  ndjson-parquet serve /var/spool/events --root /srv/events
  ndjson-parquet serve --max-batch-age-seconds 30    nothing waits longer than half a minute`,
		Args: cli.OptionalArg("INPUT"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.refuseOnAWS("serve", functionsRunHint); err != nil {
				return err
			}
			if err := a.flags.SetInput(args); err != nil {
				return err
			}
			return a.serve(cmd.Context(), l)
		},
	}
	a.flags.AddCore(cmd)
	a.flags.AddServe(cmd.Flags())
	l.add(cmd.Flags())
	return cmd
}

func (a *app) serve(ctx context.Context, l listenSettings) error {
	h, err := a.openLocal(ctx, slog.LevelInfo, false)
	if err != nil {
		return err
	}
	a.Note("Watching %s; Parquet goes to %s. Stop with Ctrl-C.\n", h.Places.Input, h.Places.Output)
	a.noteOtherProcess(h)
	dashboard, err := a.serveDashboard(ctx, l, h)
	if err == nil {
		err = h.Serve(ctx)
	}
	dashboard.Wait()
	a.Note("Stopping after the running conversions.\n")
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopGrace)
	defer cancel()
	if closeErr := h.Close(stopping); err == nil {
		err = closeErr
	}
	return err
}

// serveDashboard serves the dashboard of a home until ctx ends. If it fails later, the pipeline
// continues.
func (a *app) serveDashboard(ctx context.Context, l listenSettings, h *localhome.Home) (*sync.WaitGroup, error) {
	var running sync.WaitGroup
	if l.address == "none" {
		return &running, nil
	}
	log, err := a.logger(slog.LevelInfo)
	if err != nil {
		return &running, err
	}
	serve, err := a.listen(ctx, l, web.Options{View: h.View, Changer: h.Home, Progress: h.Progress, Log: log,
		Every: lookAtHome})
	if err != nil {
		return &running, err
	}
	running.Go(func() {
		if err := serve(ctx); err != nil {
			log.Error("the dashboard has ended; the pipeline continues", "error", err)
		}
	})
	return &running, nil
}

// noteOtherProcess prints a note if another process works in the same root.
func (a *app) noteOtherProcess(h *localhome.Home) {
	if !h.Alone() {
		a.Note("Note: another process is at work in this root. Both are safe: each batch is processed by one " +
			"of them.\n")
	}
}
