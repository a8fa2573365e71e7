package main

import (
	"context"

	"ndjson-parquet/internal/pipeline"
)

// startDeployed has the pipeline on AWS start batches and tells which. It does not wait for them: their executions may
// take longer than a person's session.
func (a *app) startDeployed(ctx context.Context, env string, do func(*pipeline.Pipeline) ([]pipeline.BatchID, error)) error {
	w, _, err := a.openDeployed(ctx, env)
	if err != nil {
		return err
	}
	started, err := do(w.Pipeline)
	if a.asJSON {
		if err == nil {
			err = a.printJSON(map[string]any{"started": append([]pipeline.BatchID{}, started...)})
		}
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
