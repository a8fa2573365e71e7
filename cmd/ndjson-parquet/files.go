package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ndjson-parquet/internal/pipeline"
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
		Args: optionalDate,
		RunE: func(cmd *cobra.Command, args []string) error {
			if s := pipeline.Status(status); s != "" && !slices.Contains(pipeline.Statuses, s) {
				return &usageError{fmt.Sprintf("%q is not a status of a file", status), "--status with one of " + joinStatuses()}
			}
			if a.asJSON && !cmd.Flags().Changed("limit") {
				limit = 0
			}
			return a.files(cmd.Context(), first(args), pipeline.Status(status), limit)
		},
	}
	a.settings.addPlaces(cmd.Flags())
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

// A fileJSON is one row of the ledger.
type fileJSON struct {
	Key       string          `json:"file_key"`
	Date      string          `json:"date_prefix"`
	Status    pipeline.Status `json:"status"`
	Reason    string          `json:"reason,omitempty"`
	Detail    string          `json:"detail,omitempty"`
	Batch     string          `json:"batch_id,omitempty"`
	Path      string          `json:"file_path"`
	ETag      string          `json:"etag"`
	Size      int64           `json:"size_bytes"`
	Lines     int64           `json:"lines"`
	Rows      int64           `json:"rows"`
	Rejected  int64           `json:"rejected"`
	Blank     int64           `json:"blank"`
	Rescued   int64           `json:"rescued"`
	Attempts  int             `json:"attempts,omitempty"`
	CreatedAt time.Time       `json:"created_at"`
	UpdatedAt time.Time       `json:"updated_at"`
}

func newFileJSON(f pipeline.File) fileJSON {
	return fileJSON{
		f.Key, f.DatePrefix, f.Status, f.Reason, f.Detail, string(f.BatchID), f.Path, f.ETag, f.Size,
		f.Lines, f.Rows, f.Rejected, f.Blank, f.Rescued, f.Attempts, f.CreatedAt, f.UpdatedAt,
	}
}

func (a *app) files(ctx context.Context, date string, status pipeline.Status, limit int) error {
	v, err := a.openView(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = v.Close(ctx) }()
	all := []fileJSON{}
	more := false
	for f, err := range v.Ledger.Files(ctx, date, status) {
		if err != nil {
			return err
		}
		if more = limit > 0 && len(all) == limit; more {
			break
		}
		all = append(all, newFileJSON(f))
	}
	if a.asJSON {
		return a.printJSON(map[string]any{"files": all, "truncated": more})
	}
	if len(all) == 0 {
		a.say("No such files.\n")
		return nil
	}
	t := a.newTable("FILE", "STATUS", "REASON", "SIZE", "ROWS", "REJECTED", "RESCUED", "BATCH")
	for _, f := range all {
		t.row(text(f.Key), statusCell(f.Status), text(f.Reason), text(size(f.Size)).right(), count(f.Rows), count(f.Rejected).warn(), count(f.Rescued).warn(), text(f.Batch))
	}
	t.print()
	if more {
		a.say("… and more: --limit 0 lists all\n")
	}
	return nil
}

func statusCell(s pipeline.Status) cell {
	c := text(string(s))
	switch s {
	case pipeline.Completed:
		return c.good()
	case pipeline.Failed, pipeline.Quarantined:
		return c.bad()
	}
	return c
}
