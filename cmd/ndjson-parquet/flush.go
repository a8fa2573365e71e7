package main

import (
	"context"

	"github.com/spf13/cobra"

	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/pipeline"
)

func (a *app) flushCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "flush DATE",
		Short:   "Process what is pending of a date now",
		Example: `  ndjson-parquet flush 2025-01-17`,
		Args:    cli.OneDate,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.start(cmd.Context(), func(ctx context.Context, h *home.Home) ([]pipeline.BatchID, error) {
				return h.Flush(ctx, args[0])
			})
		},
	}
	a.flags.AddCore(cmd)
	return cmd
}
