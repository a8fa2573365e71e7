package main

import (
	"context"
	"sync/atomic"

	"github.com/spf13/cobra"

	"ndjson-parquet/internal/home/localhome"
	"ndjson-parquet/internal/pipeline"
)

func (a *app) backfillCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "backfill",
		Short: "Take what lies in the input bucket of a pipeline on AWS already",
		Long: `Take what lies in the input bucket of a pipeline on AWS already: it lists the bucket, admits every file that no event
told of, and starts batches of them as the sweep on AWS does, but without a function's limit on time. It holds a thousand
files at a time, may run beside the pipeline, and may be repeated: if it is cut off, give it again. Files older than the input's
retention are left out, because the ledger may have forgotten them. Exit code 3: some file could not be admitted.`,
		Example: `  ndjson-parquet backfill --root aws:dev`,
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.backfill(cmd.Context()) },
	}
	a.settings.addPlaces(cmd.Flags())
	return cmd
}

// backfillAdmissions is how many files are admitted at the same time; each is two or three requests.
const backfillAdmissions = 32

func (a *app) backfill(ctx context.Context) error {
	env, ok := a.onAWS()
	if !ok {
		return &usageError{"backfill is for a pipeline on AWS", "--root aws:ENV; on one machine run takes what is there already"}
	}
	w, places, err := a.openDeployed(ctx, env)
	if err != nil {
		return err
	}
	var arrivals admissions
	w.Pipeline.Metrics = &arrivals
	progress := a.startProgress("", func() localhome.Progress { return localhome.Progress{Arrivals: int(arrivals.Load())} })
	r, err := w.Pipeline.Sweep(ctx, pipeline.SweepOptions{List: true, Parallel: backfillAdmissions, OnRefused: func(f pipeline.Arrival, err error) {
		a.note("%s could not be admitted: %v\n", f.Key, err)
	}})
	progress.stop()
	if err != nil {
		return err
	}
	if a.asJSON {
		err = a.printJSON(backfillJSON{r.Listed, r.Admitted, r.Quarantined, r.Refused, r.Old, r.Started})
	} else {
		a.say("%s in %s: %s admitted, %s quarantined, the others known or left out; %s started.\n", plural(r.Listed, "object"), places.Input,
			number(int64(r.Admitted)), number(int64(r.Quarantined)), plural(r.Started, "batch"))
		if r.Old > 0 {
			a.say("  %s older than %s left out: the ledger may have forgotten what became of them\n", plural(r.Old, "object"), round(w.Pipeline.Config.ListHorizon))
		}
	}
	if err == nil && r.Refused > 0 {
		a.note("%s could not be admitted: give the command again.\n", plural(r.Refused, "file"))
		err = errIncomplete
	}
	return err
}

// A backfillJSON is what a backfill did.
type backfillJSON struct {
	Listed      int `json:"listed"`
	Admitted    int `json:"admitted"`
	Quarantined int `json:"quarantined"`
	Refused     int `json:"refused"`
	Old         int `json:"old"`
	Started     int `json:"batches_started"`
}

// admissions counts the files admitted so far.
type admissions struct{ atomic.Int64 }

// Count implements pipeline.Metrics.
func (n *admissions) Count(_ context.Context, metric string, value float64) {
	if metric == pipeline.MetricFilesAdmitted {
		n.Add(int64(value))
	}
}
