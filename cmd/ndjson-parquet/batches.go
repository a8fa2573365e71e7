package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"ndjson-parquet/internal/pipeline"
)

func (a *app) batchesCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "batches [DATE]",
		Short: "List batches, their outcome and their Parquet",
		Example: `  ndjson-parquet batches 2025-01-17
  ndjson-parquet batches --json | jq -r '.batches[].outputs[].path'`,
		Args: optionalDate,
		RunE: func(cmd *cobra.Command, args []string) error { return a.batches(cmd.Context(), first(args)) },
	}
	a.settings.addPlaces(cmd.Flags())
	return cmd
}

// A batchJSON is one batch of the ledger.
type batchJSON struct {
	ID           pipeline.BatchID `json:"batch_id"`
	Date         string           `json:"date_prefix"`
	Status       pipeline.Status  `json:"status"`
	Error        string           `json:"error_message,omitempty"`
	ManifestPath string           `json:"manifest_path"`
	FileCount    int              `json:"file_count"`
	Bytes        int64            `json:"bytes"`
	Engine       string           `json:"engine,omitempty"`
	Lines        int64            `json:"lines"`
	Rows         int64            `json:"rows"`
	Rejected     int64            `json:"rejected"`
	Rescued      int64            `json:"rescued"`
	Outputs      []outputJSON     `json:"outputs"`
	Attempts     int              `json:"attempts"`
	Retries      int              `json:"retries"`
	CreatedAt    time.Time        `json:"created_at"`
	StartedAt    time.Time        `json:"started_at,omitzero"`
	EndedAt      time.Time        `json:"ended_at,omitzero"`
}

func newBatchJSON(b pipeline.Batch, output string) batchJSON {
	return batchJSON{
		b.ID, b.ID.Date(), b.Status, b.Error, b.ManifestPath, b.FileCount, b.Bytes, b.Engine, b.Lines, b.Rows, b.Rejected, b.Rescued,
		outputsJSON(output, b.Outputs), b.Attempts, b.Retries, b.CreatedAt, b.StartedAt, b.EndedAt,
	}
}

func (a *app) batches(ctx context.Context, date string) error {
	v, err := a.openView(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = v.Close(ctx) }()
	all := []batchJSON{}
	for b, err := range v.Ledger.Batches(ctx, date) {
		if err != nil {
			return err
		}
		all = append(all, newBatchJSON(b, v.Places.Output))
	}
	if a.asJSON {
		return a.printJSON(map[string]any{"batches": all})
	}
	if len(all) == 0 {
		a.say("No batches.\n")
		return nil
	}
	t := a.newTable("BATCH", "STATUS", "FILES", "INPUT", "ROWS", "REJECTED", "RESCUED", "TOOK", "PARQUET")
	for _, b := range all {
		took, parquet := "-", "-"
		if !b.EndedAt.IsZero() && !b.StartedAt.IsZero() {
			took = round(b.EndedAt.Sub(b.StartedAt)).String()
		}
		if len(b.Outputs) > 0 {
			parquet = display(b.Outputs[0].Path)
		}
		if b.Error != "" {
			parquet = b.Error
		}
		t.row(text(string(b.ID)), statusCell(b.Status), count(int64(b.FileCount)), text(size(b.Bytes)).right(), count(b.Rows),
			count(b.Rejected).warn(), count(b.Rescued).warn(), text(took).right(), text(parquet))
	}
	t.print()
	return nil
}
