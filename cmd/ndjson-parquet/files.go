package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/pipeline"
	"ndjson-parquet/internal/report"
)

func (a *app) filesCommand() *cobra.Command {
	var status string
	var limit int
	cmd := &cobra.Command{
		Use:   "files [DATE]",
		Short: "List files and where they stand",
		Example: `  ndjson-parquet files 2025-01-17
  ndjson-parquet files --status quarantined
  ndjson-parquet files --json | jq -r '.files[] | select(.rejected > 0) | .file_key'`,
		Args: cli.OptionalDate,
		RunE: func(cmd *cobra.Command, args []string) error {
			if s := pipeline.Status(status); s != "" && !slices.Contains(pipeline.Statuses, s) {
				return cli.Usage(fmt.Sprintf("%q is not a status of a file", status),
					"--status with one of "+joinStatuses())
			}
			if a.asJSON && !cmd.Flags().Changed("limit") {
				limit = 0
			}
			return a.files(cmd.Context(), cli.First(args), pipeline.Status(status), limit)
		},
	}
	a.flags.AddPlaces(cmd.Flags())
	cmd.Flags().StringVar(&status, "status", "", "only files of this status: "+joinStatuses())
	cmd.Flags().IntVar(&limit, "limit", 1000, "list at most so many; 0: all, as --json does")
	return cmd
}

func joinStatuses() string {
	var words []string
	for _, s := range pipeline.Statuses {
		words = append(words, string(s))
	}
	return strings.Join(words, ", ")
}

func (a *app) files(ctx context.Context, date string, status pipeline.Status, limit int) error {
	v, err := a.openView(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = v.Close(ctx) }()
	all := []report.File{}
	more := false
	for f, err := range v.Ledger.Files(ctx, date, status) {
		if err != nil {
			return err
		}
		if more = limit > 0 && len(all) == limit; more {
			break
		}
		all = append(all, report.NewFile(f))
	}
	if a.asJSON {
		return a.JSON(map[string]any{"files": all, "truncated": more})
	}
	if len(all) == 0 {
		a.Say("No such files.\n")
		return nil
	}
	t := a.NewTable("FILE", "STATUS", "REASON", "SIZE", "ROWS", "REJECTED", "RESCUED", "BATCH")
	for _, f := range all {
		t.Row(cli.Text(f.Key), statusCell(f.Status), cli.Text(f.Reason), cli.Text(cli.Size(f.Size)).Right(),
			cli.Count(f.Rows), cli.Count(f.Rejected).Warn(), cli.Count(f.Rescued).Warn(), cli.Text(f.Batch))
	}
	t.Print()
	if more {
		a.Say("… and more: --limit 0 lists all\n")
	}
	return nil
}

func statusCell(s pipeline.Status) cli.Cell {
	c := cli.Text(string(s))
	switch s {
	case pipeline.Completed:
		return c.Good()
	case pipeline.Failed, pipeline.Quarantined:
		return c.Bad()
	}
	return c
}
