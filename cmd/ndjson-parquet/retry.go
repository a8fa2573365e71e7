package main

import (
	"context"
	"errors"
	"path"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/pipeline"
	"ndjson-parquet/internal/report"
)

func (a *app) retryCommand() *cobra.Command {
	var s selection
	cmd := &cobra.Command{
		Use:   "retry [BATCH | FILE]",
		Short: "Run failed batches again, or read failed files again",
		Long: `Run a failed batch again, once the cause of the failure is gone. The result is what it would
have been: the batch converts the same versions of the same files into the same Parquet. A batch of
several files that fails again after a retry is split at the next one: each file becomes a batch of
its own, so that the file that is the cause holds up no other.

A file that failed alone, as unreadable or missing, becomes pending and is processed at once in a new
batch. Without an argument, flags select what is retried; --match selects files, and the batches that
have a file that matches. --dry-run shows it first.`,
		Example: `  ndjson-parquet batches                            which ones failed, and why?
  ndjson-parquet retry 2025-01-17-0001-20250117-143100
  ndjson-parquet retry 2025-01-17-web-00.ndjson
  ndjson-parquet retry --date 2025-01-17            everything of the date that failed
  ndjson-parquet retry --reason 'no space left' --dry-run`,
		Args: cli.OptionalArg("BATCH or FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			name := cli.First(args)
			if err := s.check("retry", name); err != nil {
				return err
			}
			id, err := pipeline.ParseBatchID(name)
			switch {
			case s.dryRun:
				return a.printRetries(cmd.Context(), name, s)
			case name == "":
				return a.start(cmd.Context(), retrySelected(s))
			case err == nil:
				return a.start(cmd.Context(), func(ctx context.Context, h *home.Home) ([]pipeline.BatchID, error) {
					return []pipeline.BatchID{id}, h.Retry(ctx, id)
				})
			}
			return a.start(cmd.Context(), retryFile(name))
		},
	}
	a.flags.AddCore(cmd)
	s.add(cmd, "what failed")
	return cmd
}

// retrySelected retries the selected batches and files, and processes the files.
func retrySelected(s selection) func(context.Context, *home.Home) ([]pipeline.BatchID, error) {
	return func(ctx context.Context, h *home.Home) ([]pipeline.BatchID, error) {
		batches, files, err := failures(ctx, h.View, s)
		if err != nil {
			return nil, err
		}
		var started []pipeline.BatchID
		var failed error
		for _, b := range batches {
			switch err := h.Retry(ctx, b.ID); {
			case errors.Is(err, pipeline.ErrState): // retried by another process meanwhile
			case err != nil:
				failed = errors.Join(failed, err)
			default:
				started = append(started, b.ID)
			}
		}
		var dates []string
		for _, f := range files {
			_, err := h.RetryFile(ctx, f.DatePrefix, f.Key)
			if err != nil && !errors.Is(err, pipeline.ErrState) {
				failed = errors.Join(failed, err)
			}
			if err == nil && !slices.Contains(dates, f.DatePrefix) {
				dates = append(dates, f.DatePrefix)
			}
		}
		for _, date := range dates {
			more, err := h.Flush(ctx, date)
			started, failed = append(started, more...), errors.Join(failed, err)
		}
		return started, failed
	}
}

// failures returns the selected batches that failed, and the selected files that failed alone and
// can be read again.
func failures(ctx context.Context, v *home.View, s selection) ([]pipeline.Batch, []pipeline.File, error) {
	batches, err := failedBatches(ctx, v, s)
	if err != nil {
		return nil, nil, err
	}
	var files []pipeline.File
	for f, err := range v.Ledger.Files(ctx, s.date, pipeline.Failed) {
		if err != nil {
			return nil, nil, err
		}
		if _, err := f.AsRetriedAlone(time.Now()); err == nil && s.hasFile(f) {
			files = append(files, f)
		}
	}
	return batches, files, nil
}

// failedBatches returns the failed batches that are selected.
func failedBatches(ctx context.Context, v *home.View, s selection) ([]pipeline.Batch, error) {
	var failed []pipeline.Batch
	for b, err := range v.Ledger.Batches(ctx, s.date) {
		if err != nil {
			return nil, err
		}
		if b.Status != pipeline.Failed || !s.hasReason("", b.Error) {
			continue
		}
		if s.match != "" {
			found, err := hasMatch(ctx, v, b.ID, s)
			if err != nil {
				return nil, err
			}
			if !found {
				continue
			}
		}
		failed = append(failed, b)
	}
	return failed, nil
}

// hasMatch reports whether a file of a batch matches the pattern.
func hasMatch(ctx context.Context, v *home.View, id pipeline.BatchID, s selection) (bool, error) {
	_, files, err := v.Ledger.Batch(ctx, id)
	for _, f := range files {
		if s.hasKey(f.Key) {
			return true, err
		}
	}
	return false, err
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

// printRetries prints what retry would do with a batch or file, or with what is selected.
func (a *app) printRetries(ctx context.Context, name string, s selection) (err error) {
	v, err := a.openView(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, v.Close(ctx)) }()
	batches, files, err := failures(ctx, v, s)
	if err != nil {
		return err
	}
	if name != "" {
		batches = slices.DeleteFunc(batches, func(b pipeline.Batch) bool { return string(b.ID) != name })
		files = slices.DeleteFunc(files, func(f pipeline.File) bool {
			return f.Key != name &&
				path.Base(f.Key) != path.Base(name)
		})
	}
	if a.asJSON {
		j := struct {
			DryRun  bool           `json:"dry_run"`
			Batches []report.Batch `json:"batches"`
			Files   []report.File  `json:"files"`
		}{true, []report.Batch{}, []report.File{}}
		for _, b := range batches {
			j.Batches = append(j.Batches, report.NewBatch(b, v.Places.Output))
		}
		for _, f := range files {
			j.Files = append(j.Files, report.NewFile(f))
		}
		return a.JSON(j)
	}
	for _, b := range batches {
		a.Say("%s with %s would run again; it failed: %s\n", b.ID, cli.Plural(b.FileCount, "file"), b.Error)
	}
	for _, f := range files {
		a.Say("%s would be read again; it failed as %s\n", f.Key, f.Reason)
	}
	a.Say("%s and %s would be retried.\n", cli.Plural(len(batches), "batch"), cli.Plural(len(files), "file"))
	return nil
}
