package main

import (
	"context"

	"github.com/spf13/cobra"

	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/pipeline"
)

func (a *app) retryCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "retry BATCH",
		Short: "Run a failed batch again",
		Long: `Run a failed batch again, once the cause of the failure is gone. The result is what it would
have been: the batch converts the same versions of the same files into the same Parquet.`,
		Example: `  ndjson-parquet batches                            which ones failed, and why?
  ndjson-parquet retry 2025-01-17-0001-20250117-143100`,
		Args: cli.OneArg("BATCH"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := pipeline.ParseBatchID(args[0])
			if err != nil {
				return cli.Usage(err.Error(), "batches, to see their ids")
			}
			return a.start(cmd.Context(), func(ctx context.Context, h *home.Home) ([]pipeline.BatchID, error) {
				return []pipeline.BatchID{id}, h.Retry(ctx, id)
			})
		},
	}
	a.flags.AddCore(cmd)
	return cmd
}
