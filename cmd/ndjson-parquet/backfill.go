package main

import (
	"context"

	"github.com/spf13/cobra"

	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/home/awshome"
	"ndjson-parquet/internal/pipeline"
)

func (a *app) backfillCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "backfill",
		Short: "Admit the files that are already in the input bucket of a pipeline on AWS",
		Long: `Admit the files that are already in the input bucket of a pipeline on AWS. It lists the bucket,
admits every file that no event announced, and starts batches as the sweep on AWS does, without the time limit
of a function. It keeps a thousand files in memory, may run beside the pipeline, and may be repeated, also
after it was interrupted. Files older than the input's retention are ignored, because their rows may have left
the ledger. Exit code 3: some file could not be admitted.`,
		Example: `  ndjson-parquet backfill --root aws:dev`,
		Args:    cli.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return a.backfill(cmd.Context()) },
	}
	a.flags.AddPlaces(cmd.Flags())
	return cmd
}

// backfillAdmissions is how many files are admitted at the same time; each is two or three
// requests.
const backfillAdmissions = 32

func (a *app) backfill(ctx context.Context) error {
	env, ok := awshome.Environment(a.flags.Root)
	if !ok {
		return cli.Usage("backfill is for a pipeline on AWS",
			"--root aws:ENV; on one machine run processes the files that are there already")
	}
	h, err := a.openOnAWS(ctx, env)
	if err != nil {
		return err
	}
	progress := a.StartProgress("", func() home.Progress { return home.Progress{Arrivals: h.Admitted()} })
	r, err := h.Sweep(ctx, pipeline.SweepOptions{List: true, Parallel: backfillAdmissions,
		OnRefused: func(f pipeline.Arrival, err error) {
			a.Note("%s could not be admitted: %v\n", f.Key, err)
		}})
	progress.Stop()
	if err != nil {
		return err
	}
	if a.asJSON {
		err = a.JSON(backfillJSON{r.Listed, r.Admitted, r.Quarantined, r.Refused, r.Old, r.Started})
	} else {
		a.Say("%s in %s: %s admitted, %s quarantined, the others known or left out; %s started.\n",
			cli.Plural(r.Listed, "object"), h.Places.Input,
			cli.Number(int64(r.Admitted)), cli.Number(int64(r.Quarantined)), cli.Plural(r.Started, "batch"))
		if r.Old > 0 {
			a.Say("  %s older than %s left out: the ledger may have forgotten what became of them\n",
				cli.Plural(r.Old, "object"), cli.Duration(h.Config.ListHorizon))
		}
	}
	if err == nil && r.Refused > 0 {
		a.Note("%s could not be admitted: give the command again.\n", cli.Plural(r.Refused, "file"))
		err = cli.ErrIncomplete
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
