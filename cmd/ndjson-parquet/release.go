package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/pipeline"
	"ndjson-parquet/internal/report"
)

func (a *app) releaseCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "release FILE",
		Short: "Take a quarantined file after all",
		Long: `Take a quarantined file after all: it becomes pending, and the limits that quarantined it no
longer apply to it. The next run, serve or flush processes it. A file whose name is the problem has to be
renamed instead.`,
		Example: `  ndjson-parquet files --status quarantined
  ndjson-parquet release 2025-01-17-web-00.ndjson`,
		Args: cli.OneArg("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error { return a.release(cmd.Context(), args[0]) },
	}
	a.flags.AddCore(cmd)
	return cmd
}

func (a *app) release(ctx context.Context, name string) (err error) {
	h, err := a.openHome(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close(ctx)) }()
	rows, err := h.Find(ctx, name)
	if errors.Is(err, pipeline.ErrNotFound) {
		return unknownFile(ctx, h.View, name)
	}
	if err != nil {
		return err
	}
	var released []report.File
	for _, f := range rows {
		if f.Status != pipeline.Quarantined {
			continue
		}
		f, err := h.Release(ctx, f.DatePrefix, f.Key)
		if err != nil {
			return err
		}
		released = append(released, report.NewFile(f))
	}
	if len(released) == 0 {
		return fmt.Errorf("%s is %s, not quarantined: there is nothing to release", rows[0].Key, rows[0].Status)
	}
	if a.asJSON {
		return a.JSON(map[string]any{"released": released})
	}
	for _, f := range released {
		a.Say("%s is pending now: %s processes it with the next batch, `flush %s` at once.\n", f.Key,
			continuedBy(h.Resumption), f.Date)
	}
	return nil
}

// continuedBy names what processes pending files.
func continuedBy(r pipeline.Resumption) string {
	if r == pipeline.ResumedBySweep {
		return "the next sweep"
	}
	return "`run` or `serve`"
}
