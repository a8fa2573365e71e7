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

func (a *app) retryCommand() *cobra.Command {
	var date string
	cmd := &cobra.Command{
		Use:   "retry [BATCH | FILE]",
		Short: "Run a failed batch again, or read a failed file again",
		Long: `Run a failed batch again, once the cause of the failure is gone. The result is what it would
have been: the batch converts the same versions of the same files into the same Parquet. A batch of
several files that fails again after a retry is split at the next one: each file becomes a batch of
its own, so that the file that is the cause holds up no other.

A file that failed alone, as unreadable or missing, becomes pending and is processed at once in a new
batch. With --date, everything of a date that failed is retried.`,
		Example: `  ndjson-parquet batches                            which ones failed, and why?
  ndjson-parquet retry 2025-01-17-0001-20250117-143100
  ndjson-parquet retry 2025-01-17-web-00.ndjson
  ndjson-parquet retry --date 2025-01-17`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args)+min(len(date), 1) != 1: // both, or several, or neither
				return cli.Usage("retry needs a batch, a file or --date", "batches, to see what failed")
			case date != "":
				if _, err := time.Parse(time.DateOnly, date); err != nil {
					return cli.Usage(fmt.Sprintf("%q is not a date", date), "--date 2025-01-17")
				}
				return a.start(cmd.Context(), retryDate(date))
			}
			if id, err := pipeline.ParseBatchID(args[0]); err == nil {
				return a.start(cmd.Context(), func(ctx context.Context, h *home.Home) ([]pipeline.BatchID, error) {
					return []pipeline.BatchID{id}, h.Retry(ctx, id)
				})
			}
			return a.start(cmd.Context(), retryFile(args[0]))
		},
	}
	cmd.Flags().StringVar(&date, "date", "", "retry everything of this `date` that failed")
	a.flags.AddCore(cmd)
	return cmd
}

// retryDate retries what failed of a date and processes it.
func retryDate(date string) func(context.Context, *home.Home) ([]pipeline.BatchID, error) {
	return func(ctx context.Context, h *home.Home) ([]pipeline.BatchID, error) {
		started, files, failed := h.RetryDate(ctx, date)
		if len(files) == 0 {
			return started, failed
		}
		more, err := h.Flush(ctx, date)
		return append(started, more...), errors.Join(failed, err)
	}
}

// retryFile retries the versions of a file that failed alone and processes them.
func retryFile(name string) func(context.Context, *home.Home) ([]pipeline.BatchID, error) {
	return func(ctx context.Context, h *home.Home) ([]pipeline.BatchID, error) {
		rows, err := h.Find(ctx, name)
		if errors.Is(err, pipeline.ErrNotFound) {
			return nil, unknownFile(ctx, h.View, name)
		}
		if err != nil {
			return nil, err
		}
		var refusal error
		retried := 0
		for _, f := range rows {
			switch _, err := h.RetryFile(ctx, f.DatePrefix, f.Key); {
			case err == nil:
				retried++
			case errors.Is(err, pipeline.ErrState):
				refusal = err
			default:
				return nil, err
			}
		}
		if retried == 0 {
			return nil, refusal
		}
		return h.Flush(ctx, rows[0].DatePrefix)
	}
}
