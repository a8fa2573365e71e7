package main

import (
	"context"
	"errors"
	"time"

	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/pipeline"
)

// start opens the pipeline and starts batches. Where their executions run in this process it waits for them and prints what
// became of them; elsewhere it prints what was started, because that may take longer than a terminal session.
func (a *app) start(ctx context.Context, do func(context.Context, *home.Home) ([]pipeline.BatchID, error)) error {
	h, err := a.openHome(ctx)
	if err != nil {
		return err
	}
	if x, ok := h.Executor(); ok {
		return a.execute(ctx, h, x, func(ctx context.Context) (home.RunReport, error) {
			if _, err := do(ctx, h); err != nil {
				return home.RunReport{}, err
			}
			return x.Wait(ctx)
		})
	}
	started, err := do(ctx, h)
	if err = errors.Join(err, h.Close(ctx)); a.asJSON {
		if err == nil {
			err = a.printJSON(map[string]any{"started": append([]pipeline.BatchID{}, started...)})
		}
		return err
	}
	if err != nil && len(started) == 0 {
		return err
	}
	for _, id := range started {
		a.say("%s is started: `batches %s` shows how far it is.\n", id, id.Date())
	}
	if err == nil && len(started) == 0 {
		a.say("Nothing to start.\n")
	}
	return err
}

// stopGrace is how long running conversions may go on after a signal to stop.
const stopGrace = 30 * time.Second

// execute shows the progress of work whose executions run in this process, closes the home, and prints the report.
func (a *app) execute(ctx context.Context, h *home.Home, x home.Executor, work func(context.Context) (home.RunReport, error)) error {
	began := time.Now()
	progress := a.startProgress("converting", x.Progress)
	report, err := work(ctx)
	progress.stop()
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopGrace)
	defer cancel()
	if err = errors.Join(err, h.Close(stopping)); err != nil {
		return err
	}
	if a.asJSON {
		err = a.printJSON(runSummary(h.Places.Output, report, time.Since(began)))
	} else {
		a.printRun(h.Places, report, time.Since(began))
	}
	if err == nil && report.Incomplete() {
		err = errIncomplete
	}
	return err
}
