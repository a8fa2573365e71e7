package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/generate"
	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/objectstore/open"
)

func (a *app) generateCommand() *cobra.Command {
	var p generate.Plan
	var fileMB float64
	var rate, summary string
	cmd := &cobra.Command{
		Use:   "generate TARGET",
		Short: "Make test data in a directory or bucket",
		Long: `Make test data in a directory or bucket.

TARGET is a directory or an s3:// URL. Every file appears there at once and whole, and none that was there is replaced.
The same flags give the same files, byte for byte; only the times at which they appear differ. --summary keeps what was
made and what a pipeline should make of it: verify --against compares.

Shapes: ` + strings.Join(generate.Shapes(), ", ") + `.
Rates: all (as fast as possible), steady, burst (ten groups with pauses), ramp (ever faster), random; the last four take
the time that --over says.`,
		Example: `  ndjson-parquet generate data/input --files-per-day 100
  ndjson-parquet generate s3://bucket/pipeline/input --days 3 --files-per-day 8000 --rate steady --over 24h
  ndjson-parquet generate in --bad-records 1 --bad-names 5 --duplicates 2 --overwrites 2 --summary made.json
  ndjson-parquet verify --against made.json`,
		Args: cli.OneArg("TARGET"),
		RunE: func(cmd *cobra.Command, args []string) error {
			p.FileBytes, p.Rate = int64(fileMB*1e6), generate.Rate(rate)
			return a.generate(cmd.Context(), p, args[0], summary)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.IntVar(&p.FilesPerDay, "files-per-day", 20, "files of each date")
	f.IntVar(&p.Days, "days", 1, "number of dates")
	f.StringVar(&p.From, "from", time.Now().UTC().Format(time.DateOnly), "first date, as in the files' names")
	f.Float64Var(&fileMB, "file-mb", 3.5, "size of a file in MB")
	f.Float64Var(&p.SizeSpreadPercent, "size-spread", 0, "largest deviation from --file-mb in percent")
	f.StringVar(&p.Shape, "shape", "orders", "shape of the records")
	f.StringVar(&rate, "rate", string(generate.AllAtOnce), "how the files are spread over time")
	f.DurationVar(&p.Over, "over", time.Minute, "time over which the files are spread")
	f.Float64Var(&p.BadRecordPercent, "bad-records", 0, "percentage of lines that are no JSON objects")
	f.Float64Var(&p.BadNamePercent, "bad-names", 0, "percentage of files whose name the pipeline refuses")
	f.Float64Var(&p.AwkwardNamePercent, "awkward-names", 0,
		"percentage of files with spaces, markup or control characters in a valid name")
	f.Float64Var(&p.DuplicatePercent, "duplicates", 0, "percentage of files that are put twice")
	f.Float64Var(&p.OverwritePercent, "overwrites", 0, "percentage of files that are put again with other records")
	f.IntVar(&p.SchemaChanges, "schema-changes", 0,
		"changes of the schema: a new column, and text in the column before")
	f.Uint64Var(&p.Seed, "seed", 1, "number from which everything follows")
	f.StringVar(&summary, "summary", "", "file to write the summary to")
	return cmd
}

func (a *app) generate(ctx context.Context, p generate.Plan, target, summaryFile string) error {
	if err := p.Check(); err != nil {
		return cli.Usage(err.Error(), "ndjson-parquet generate --help")
	}
	if err := checkSummaryFile(summaryFile, target); err != nil {
		return err
	}
	store, err := open.OrCreate(ctx, target)
	if err != nil {
		return err
	}
	began := time.Now()
	bar := a.StartBar("generating")
	s, err := generate.Run(ctx, p, store, func(now generate.Progress) {
		bar.Show(int64(now.Deliveries),
			int64(now.Total))
	})
	bar.Finish()
	if summaryFile != "" && len(s.Files) > 0 {
		err = errors.Join(err, writeSummary(summaryFile, s))
	}
	if err != nil {
		return err
	}
	if a.asJSON {
		return a.JSON(s)
	}
	a.Say("%s with %s rows and %s bad lines (%s) in %s, in %s.\n", cli.Plural(len(s.Files), "file"), cli.Number(s.Rows),
		cli.Number(s.Rejected), cli.Size(s.Bytes), target, cli.Duration(time.Since(began)))
	if n := s.Deliveries - len(s.Files); n > 0 {
		a.Say("  %s put a second time\n", cli.Plural(n, "file"))
	}
	for reason, n := range s.ByReason {
		a.Say("  %s to be quarantined: %s\n", cli.Plural(n, "file"), reason)
	}
	return nil
}

// checkSummaryFile refuses a summary file in the target, which would become an input there, and one
// that would replace something other than a summary.
func checkSummaryFile(name, target string) error {
	if name == "" {
		return nil
	}
	if absName, err := filepath.Abs(name); err == nil && !home.IsRemote(target) {
		absTarget, err := filepath.Abs(target)
		if rel, relErr := filepath.Rel(absTarget, absName); err == nil && relErr == nil && filepath.IsLocal(rel) {
			return cli.Usage("--summary "+name+" is in the target, where it would be taken for an input",
				"--summary with a file elsewhere")
		}
	}
	info, statErr := os.Stat(name)
	if statErr != nil || info.Size() == 0 && info.Mode().IsRegular() {
		return nil //nolint:nilerr // an error other than "not found" shows when the summary is written
	}
	if s, err := readSummary(name); err != nil || len(s.Files) == 0 {
		return fmt.Errorf("--summary %s exists and is not a summary: it is not replaced; remove it first, "+
			"or write to another file", name)
	}
	return nil
}

// writeSummary writes through a temporary file, so that the summary is whole or absent.
func writeSummary(name string, s generate.Summary) error {
	content, err := json.MarshalIndent(s, "", " ")
	if err != nil {
		return err
	}
	draft := name + ".unfinished"
	if err := os.WriteFile(draft, append(content, '\n'), 0o666); err != nil {
		return fmt.Errorf("write the summary: %w", err)
	}
	return os.Rename(draft, name)
}

// readSummary is the inverse of writeSummary.
func readSummary(name string) (generate.Summary, error) {
	var s generate.Summary
	content, err := os.ReadFile(name)
	if err == nil {
		err = json.Unmarshal(content, &s)
	}
	if err != nil {
		return s, fmt.Errorf("read the summary: %w", err)
	}
	return s, nil
}
