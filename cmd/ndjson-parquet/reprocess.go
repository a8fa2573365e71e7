package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/pipeline"
)

func (a *app) reprocessCommand() *cobra.Command {
	var dryRun bool
	cmd := &cobra.Command{
		Use:   "reprocess FILE | BATCH | DATE",
		Short: "Convert completed batches again, and replace their output",
		Long: `Convert completed batches again from their inputs, with the present settings and schema, and
replace their output. Each batch's Parquet is replaced at once, under its name, so that readers see the old or
the new one, never both and never a part.

FILE means the batch that has the file, DATE all completed batches of the date. The inputs must still be
there as they were: if one is missing, the command names it and changes nothing. If it is cut off, give
it again. Exit code 3: some batches are still under way.`,
		Example: `  ndjson-parquet reprocess 2025-01-17 --dry-run
  ndjson-parquet reprocess 2025-01-17 --max-record-bytes 67108864   accept longer lines
  ndjson-parquet reprocess 2025-01-17-0001-20250117-143100
  ndjson-parquet reprocess 2025-01-17-web-00.ndjson`,
		Args: cli.OneArg("FILE, BATCH or DATE"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.reprocess(cmd.Context(), args[0], dryRun) },
	}
	a.flags.AddCore(cmd)
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "check that it is possible, and change nothing")
	return cmd
}

// A reprocessJSON is what reprocess did.
type reprocessJSON struct {
	DryRun   bool               `json:"dry_run"`
	Batches  []pipeline.BatchID `json:"batches"`
	UnderWay []pipeline.BatchID `json:"under_way"`
}

func (a *app) reprocess(ctx context.Context, what string, dryRun bool) error {
	if err := a.refuseOnAWS("reprocess", "retry, for a batch that failed; completed ones stay "+
		"as they are"); err != nil {
		return err
	}
	h, err := a.openHome(ctx)
	if err != nil {
		return err
	}
	ids, err := batchesOf(ctx, h.View, what)
	if err != nil {
		return errors.Join(err, h.Close(ctx))
	}
	bar := a.StartBar("reprocessing")
	r, err := h.Reprocess(ctx, ids, dryRun, func(done, all int) { bar.Show(int64(done), int64(all)) })
	bar.Finish()
	if err = errors.Join(err, h.Close(ctx)); err != nil {
		return err
	}
	if a.asJSON {
		none := []pipeline.BatchID{}
		err = a.JSON(reprocessJSON{dryRun, append(none, r.Batches...), append(none, r.UnderWay...)})
	} else {
		did := "converted again; their output is replaced"
		if dryRun {
			did = "would be converted again; all their inputs are there"
		}
		a.Say("%s %s.\n", cli.Plural(len(r.Batches), "batch"), did)
	}
	if err == nil && len(r.UnderWay) > 0 {
		a.Note("%s still under way: give the command again when they are done (see batches).\n",
			cli.Plural(len(r.UnderWay), "batch"))
		err = cli.ErrIncomplete
	}
	return err
}

// batchesOf returns the batches that a date, a batch's id or a file means.
func batchesOf(ctx context.Context, v *home.View, what string) ([]pipeline.BatchID, error) {
	if _, err := time.Parse(time.DateOnly, what); err == nil {
		var ids []pipeline.BatchID
		for b, err := range v.Ledger.Batches(ctx, what) {
			if err != nil {
				return nil, err
			}
			if b.Status != pipeline.Failed {
				ids = append(ids, b.ID)
			}
		}
		if len(ids) == 0 {
			return nil, fmt.Errorf("%s has no completed batch", what)
		}
		return ids, nil
	}
	if id, err := pipeline.ParseBatchID(what); err == nil {
		return []pipeline.BatchID{id}, nil
	}
	rows, err := v.Find(ctx, what)
	if errors.Is(err, pipeline.ErrNotFound) {
		return nil, unknownFile(ctx, v, what)
	}
	if err != nil {
		return nil, err
	}
	var ids []pipeline.BatchID
	for _, f := range rows {
		if f.Status == pipeline.Completed {
			ids = append(ids, f.BatchID)
		}
	}
	if len(ids) == 0 {
		return nil, fmt.Errorf("%s is %s, so that there is no output to replace: see why %s", rows[0].Key,
			rows[0].Status,
			pipeline.ShellQuote(what))
	}
	return ids, nil
}
