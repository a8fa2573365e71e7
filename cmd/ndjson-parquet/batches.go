package main

import (
	"context"

	"github.com/spf13/cobra"

	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/report"
)

func (a *app) batchesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "batches [DATE]",
		Short: "List batches, their outcome and their Parquet",
		Example: `  ndjson-parquet batches 2025-01-17
  ndjson-parquet batches --json | jq -r '.batches[].outputs[].path'`,
		Args: cli.OptionalDate,
		RunE: func(cmd *cobra.Command, args []string) error { return a.batches(cmd.Context(), cli.First(args)) },
	}
	a.flags.AddPlaces(cmd.Flags())
	return cmd
}

func (a *app) batches(ctx context.Context, date string) error {
	v, err := a.openView(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = v.Close(ctx) }()
	all := []report.Batch{}
	for b, err := range v.Ledger.Batches(ctx, date) {
		if err != nil {
			return err
		}
		all = append(all, report.NewBatch(b, v.Places.Output))
	}
	if a.asJSON {
		return a.JSON(map[string]any{"batches": all})
	}
	if len(all) == 0 {
		a.Say("No batches.\n")
		return nil
	}
	t := a.NewTable("BATCH", "STATUS", "FILES", "INPUT", "ROWS", "REJECTED", "RESCUED", "TOOK", "PARQUET")
	for _, b := range all {
		took, parquet := "-", "-"
		if !b.EndedAt.IsZero() && !b.StartedAt.IsZero() {
			took = cli.Duration(b.EndedAt.Sub(b.StartedAt)).String()
		}
		if len(b.Outputs) > 0 {
			parquet = cli.Path(b.Outputs[0].Path)
		}
		if b.Error != "" {
			parquet = b.Error
		}
		t.Row(cli.Text(string(b.ID)), statusCell(b.Status), cli.Count(int64(b.FileCount)),
			cli.Text(cli.Size(b.Bytes)).Right(), cli.Count(b.Rows),
			cli.Count(b.Rejected).Warn(), cli.Count(b.Rescued).Warn(), cli.Text(took).Right(), cli.Text(parquet))
	}
	t.Print()
	return nil
}
