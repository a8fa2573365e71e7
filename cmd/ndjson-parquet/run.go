package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/spf13/cobra"

	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/pipeline"
)

func (a *app) runCommand() *cobra.Command {
	var noFlush bool
	cmd := &cobra.Command{
		Use:   "run [INPUT]",
		Short: "Process the files that are there, and exit",
		Long: `Process the files that are there, and exit.

Every file of INPUT (a directory or s3:// URL; default ROOT/input) that was not processed before goes into a
batch with others of its date, and each batch becomes one Parquet file. Doing it again changes nothing. An
INPUT outside the root is only read, never changed. Exit code 3: done, but something was quarantined, rejected
or failed.`,
		Example: `  ndjson-parquet run examples/input                  process a directory; results go to ./data
  ndjson-parquet run --root /srv/events              process /srv/events/input
  ndjson-parquet run s3://bucket/in --output s3://bucket/out
  ndjson-parquet run in --no-flush                   only full batches; the rest waits
  ndjson-parquet run in --max-files-per-manifest 500 fewer, larger outputs for many small files`,
		Args: cli.OptionalArg("INPUT"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := a.refuseOnAWS("run", functionsRunHint); err != nil {
				return err
			}
			if err := a.flags.SetInput(args); err != nil {
				return err
			}
			h, err := a.openLocal(cmd.Context(), slog.LevelWarn, false)
			if err != nil {
				return err
			}
			a.noteOtherProcess(h)
			return a.execute(cmd.Context(), h.Home, h,
				func(ctx context.Context) (home.RunReport, error) { return h.Run(ctx, noFlush) })
		},
	}
	a.flags.AddCore(cmd)
	cmd.Flags().BoolVar(&noFlush, "no-flush", false,
		"make full batches only; what is left waits for more files or for flush")
	return cmd
}

// functionsRunHint is the hint for commands whose work the functions do on AWS.
const functionsRunHint = "nothing: files put into the input bucket are processed there by themselves; status shows " +
	"how far, flush DATE does not wait"

func (a *app) printRun(places home.Places, r home.RunReport, took time.Duration) {
	outputs := r.Outputs()
	done := r.Files[pipeline.Completed]
	switch {
	case len(r.Batches) == 0 && r.Admitted > 0:
		a.Say("%s admitted, none processed yet.\n", cli.Plural(r.Admitted, "file"))
	case len(r.Batches) == 0 && !r.Incomplete():
		a.Say("Nothing to do: none of the %s in %s is new.\n", cli.Plural(r.Listed, "file"), places.Input)
	default:
		a.Say("%s in %s became %s in %s: %s, %s to %s, in %s.\n", cli.Plural(done, "file"),
			cli.Plural(len(r.Batches), "batch"), cli.Number(r.Rows)+" rows", cli.Plural(len(outputs), "Parquet file"),
			cli.Number(r.Lines)+" lines read", cli.Size(r.BytesIn), cli.Size(r.BytesOut), cli.Duration(took))
	}
	for _, note := range []struct {
		count int64
		text  string
	}{
		{int64(r.Files[pipeline.Pending]), "wait for a full batch (flush DATE does not wait)"},
		{int64(r.StillWritten), "still being written; run again when that is over"},
		{int64(r.Files[pipeline.Quarantined]), "quarantined: see files --status quarantined, and why FILE"},
		{int64(r.Files[pipeline.Failed]), "failed: see files --status failed, and why FILE"},
		{int64(r.DeadLetters), "could not be admitted: see redrive"},
	} {
		if note.count > 0 {
			a.Say("  %s %s\n", cli.Plural(int(note.count), "file"), note.text)
		}
	}
	if r.Rejected > 0 {
		a.Say("  %s rejected, kept with their reasons in %s\n", cli.Plural(int(r.Rejected), "line"),
			home.Join(places.Quarantine, "rejected"))
	}
	if r.Rescued > 0 {
		a.Say("  %s did not fit the column: kept in _rescued_data\n", cli.Plural(int(r.Rescued), "value"))
	}
	printOddities(a.Say, r.Oddities)
	if r.EarlierFailed > 0 {
		a.Say("  %s of earlier runs failed and can be taken up again: see batches, then retry BATCH\n",
			cli.Plural(r.EarlierFailed, "batch"))
	}
	if len(outputs) == 0 {
		return
	}
	a.Say("\nThe Parquet is in %s\nLook at it, with DuckDB for example:\n  duckdb -c \"SELECT * FROM "+
		"read_parquet('%s', union_by_name=true) LIMIT 10\"\n",
		places.Output, home.Join(cli.Path(places.Output), "merged-parquet-*", "*.parquet"))
}
