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
	"ndjson-parquet/internal/report"
)

func (a *app) releaseCommand() *cobra.Command {
	var s selection
	cmd := &cobra.Command{
		Use:   "release [FILE]",
		Short: "Take quarantined files after all",
		Long: `Take quarantined files after all: they become pending, and the limits that quarantined them no
longer apply to them. The next run, serve or flush processes them. A file whose name is the problem has to be
renamed instead.

Without FILE, flags select the files; --dry-run shows them first. Exit code 3: some could not be released.`,
		Example: `  ndjson-parquet files --status quarantined
  ndjson-parquet release 2025-01-17-web-00.ndjson
  ndjson-parquet release --date 2025-01-17 --reason too-small --dry-run
  ndjson-parquet release --match '2025-01-*-mobile-*'`,
		Args: cli.OptionalArg("FILE"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := s.check("release", cli.First(args)); err != nil {
				return err
			}
			return a.release(cmd.Context(), cli.First(args), s)
		},
	}
	a.flags.AddCore(cmd)
	s.add(cmd, "files")
	return cmd
}

// A refusal is a file that could not be changed.
type refusal struct {
	Key   string `json:"file_key"`
	Error string `json:"error"`
}

func (a *app) release(ctx context.Context, name string, s selection) (err error) {
	h, err := a.openHome(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close(ctx)) }()
	selected, err := a.quarantined(ctx, h, name, s)
	if err != nil {
		return err
	}
	released, refused := []report.File{}, []refusal{}
	bar := a.StartBar("releasing")
	for i, f := range selected {
		bar.Show(int64(i), int64(len(selected)))
		switch {
		case s.dryRun && !releasable(f, h.Resumption):
			refused = append(refused, refusal{f.Key, pipeline.Advise(f, h.Resumption).Text})
			continue
		case !s.dryRun:
			if f, err = h.Release(ctx, f.DatePrefix, f.Key); err != nil && (name != "" || ctx.Err() != nil) {
				bar.Finish()
				return err
			}
			if err != nil {
				refused = append(refused, refusal{selected[i].Key, err.Error()})
				err = nil
				continue
			}
		}
		released = append(released, report.NewFile(f))
	}
	bar.Finish()
	if err := a.printReleased(h, released, refused, s.dryRun); err != nil {
		return err
	}
	if len(refused) > 0 {
		return cli.ErrIncomplete
	}
	return nil
}

// quarantined returns the quarantined files that a name or a selection means.
func (a *app) quarantined(ctx context.Context, h *home.Home, name string, s selection) ([]pipeline.File, error) {
	var selected []pipeline.File
	if name == "" {
		for f, err := range h.Ledger.Files(ctx, s.date, pipeline.Quarantined) {
			if err != nil {
				return nil, err
			}
			if s.hasFile(f) {
				selected = append(selected, f)
			}
		}
		return selected, nil
	}
	rows, err := h.Find(ctx, name)
	if errors.Is(err, pipeline.ErrNotFound) {
		return nil, unknownFile(ctx, h.View, name)
	}
	if err != nil {
		return nil, err
	}
	for _, f := range rows {
		if f.Status == pipeline.Quarantined {
			selected = append(selected, f)
		}
	}
	if len(selected) == 0 {
		return nil, fmt.Errorf("%s is %s, not quarantined: there is nothing to release", rows[0].Key, rows[0].Status)
	}
	return selected, nil
}

// releasable reports whether the advice about a file is to release it, and its date has come.
func releasable(f pipeline.File, r pipeline.Resumption) bool {
	if f.Reason == pipeline.ReasonFutureDate && f.DatePrefix > time.Now().UTC().Format(time.DateOnly) {
		return false
	}
	for _, c := range pipeline.Advise(f, r).Commands {
		if c.Args[0] == "release" {
			return true
		}
	}
	return false
}

func (a *app) printReleased(h *home.Home, released []report.File, refused []refusal, dryRun bool) error {
	if a.asJSON {
		return a.JSON(map[string]any{"dry_run": dryRun, "released": released, "refused": refused})
	}
	for _, f := range released {
		if dryRun {
			a.Say("%s (%s) would be released.\n", f.Key, f.Reason)
			continue
		}
		a.Say("%s is pending now: %s processes it with the next batch, `flush %s` at once.\n", f.Key,
			continuedBy(h.Resumption), f.Date)
	}
	for _, r := range refused {
		a.Say("%s stays: %s\n", r.Key, r.Error)
	}
	if len(released)+len(refused) != 1 {
		verb := "released"
		if dryRun {
			verb = "would be released"
		}
		a.Say("%s %s, %s stay.\n", cli.Plural(len(released), "file"), verb, cli.Number(int64(len(refused))))
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
