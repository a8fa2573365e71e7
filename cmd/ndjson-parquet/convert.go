package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	"ndjson-parquet/convert"
	"ndjson-parquet/convert/schema"
	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/heap"
	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/localfiles"
	"ndjson-parquet/internal/pipeline"
	"ndjson-parquet/internal/report"
)

// convertFlags are the flags of the convert command.
type convertFlags struct {
	out, schema, compression, rejects string
	processingTime, extensions        string
	recordsPath                       string
	maxZstdWindowMB                   int64
	maxRejectedPercent                float64
	parallelism                       int
	caseSensitive                     bool
}

func (a *app) convertCommand() *cobra.Command {
	var c convertFlags
	cmd := &cobra.Command{
		Use:   "convert -o OUT.parquet [flags] FILE|DIR|GLOB|- …",
		Short: "Convert NDJSON to one Parquet file, without a ledger",
		Long: `Convert NDJSON to one Parquet file, without a ledger.

The schema is learnt from all rows. A value that does not fit its column is kept in _rescued_data; a line that
is not one JSON object is rejected, and the others go on. .gz and .zst files are decompressed. Of a directory,
the files with the given extensions are read; the others are named, hidden ones counted. No input is ever
replaced. Exit code 3: done, but lines were rejected or files left out.`,
		Example: `  ndjson-parquet convert -o out.parquet events.ndjson
  ndjson-parquet convert -o out.parquet logs/ 'more/*.ndjson.gz'
  zcat *.gz | ndjson-parquet convert -o out.parquet -
  ndjson-parquet convert -o - events.ndjson > out.parquet
  ndjson-parquet convert -o out.parquet --schema 'id bigint, at timestamp, price decimal(10,2)' events.ndjson
  ndjson-parquet convert -o out.parquet --rejects bad.ndjson --compression zstd events.ndjson`,
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case c.out == "":
				return cli.Usage("convert needs to know where to write",
					"convert -o OUT.parquet …, or -o - for standard output")
			case len(args) == 0:
				return cli.Usage("convert needs something to read",
					"convert -o OUT.parquet FILE, a directory, a pattern in quotes, or - for standard input")
			case (c.out == "-" || c.rejects == "-") && a.asJSON:
				return cli.Usage("standard output cannot take both the result and the JSON",
					"-o FILE together with --json")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.convert(cmd.Context(), c, args) },
	}
	f := cmd.Flags()
	f.StringVarP(&c.out, "out", "o", "", "the Parquet file to write; - for standard output")
	f.StringVar(&c.schema, "schema", "", "types of columns, as Spark DDL: 'id bigint, at timestamp, ms "+
		"timestamp(epoch_ms)'; others are learnt")
	f.StringVar(&c.compression, "compression", "", "snappy, zstd, gzip or none (default snappy) [COMPRESSION_TYPE]")
	f.StringVar(&c.rejects, "rejects", "", "write rejected lines to this file, with file, line and reason")
	f.StringVar(&c.extensions, "input-extensions", "",
		"extensions of the files that are read from a directory; * reads all (default "+
			localfiles.DefaultExtensions.String()+") [INPUT_EXTENSIONS]")
	f.StringVar(&c.processingTime, "processing-time", "",
		"add the columns _processing_timestamp, with this RFC 3339 time, and _source_file")
	f.BoolVar(&c.caseSensitive, "case-sensitive", false,
		"only the exact name of a key fills a column; others that differ in case are rescued [CASE_SENSITIVE]")
	f.Float64Var(&c.maxRejectedPercent, "max-rejected-percent", 100,
		"leave out a file of which more lines than this are rejected")
	f.StringVar(&c.recordsPath, "records-path", "",
		"JSON pointer to the records in documents that may take many lines: /Records, or # for a file that is "+
			"an array "+
			"or an object [RECORDS_PATH]")
	f.Int64Var(&c.maxZstdWindowMB, "max-zstd-window-mb", 0,
		"largest window of zstd data, in MiB, up to 2048 (default 128) [MAX_ZSTD_WINDOW_MB]")
	f.IntVar(&c.parallelism, "parallelism", 0, "goroutines that convert (default: one a CPU)")
	f.SortFlags = false
	return cmd
}

func (a *app) convert(ctx context.Context, c convertFlags, args []string) (err error) {
	opts, err := a.convertOptions(c)
	if err != nil {
		return err
	}
	heap.Tune(a.Getenv)
	began := time.Now()
	extensions, err := a.convertExtensions(c)
	if err != nil {
		return err
	}
	inputs, err := localfiles.Open(args, localfiles.Options{
		Extensions: extensions, Stdin: a.Stdin, Stdout: a.Stdout, Out: c.out, Rejects: c.rejects,
	})
	if err != nil {
		return err
	}
	defer inputs.Close()
	a.noteLeftOut(inputs)
	if len(inputs.Sources) == 0 {
		return fmt.Errorf("there is no file to read whose name ends in %s", extensions.Describe())
	}
	var total int64
	for _, s := range inputs.Sources {
		total += s.Size
	}
	sink := localfiles.NewSink(c.out, c.rejects)
	defer func() { err = errors.Join(err, sink.Discard()) }()
	meter := &meter{total: total}
	opts.Progress = meter.read.Store
	progress := a.StartProgress("converting", meter.progress)
	result, err := convert.Convert(ctx, inputs.Sources, sink, opts)
	progress.Stop()
	if err != nil {
		return err
	}
	leftOut, notNDJSON := 0, false
	for _, s := range result.Sources {
		if s.Err != nil {
			leftOut++
			notNDJSON = notNDJSON || errors.Is(s.Err, convert.ErrNotNDJSON)
			a.Note("Left out %s: %v\n", s.URI, s.Err)
		}
	}
	if leftOut == len(inputs.Sources) && !notNDJSON {
		return errors.New("no file could be read; nothing was written")
	}
	if err := sink.Keep(a.Stdout); err != nil {
		return err
	}
	if err := a.reportConversion(c, inputs, result, leftOut, time.Since(began)); err != nil {
		return err
	}
	if result.Rejected > 0 || leftOut+len(inputs.LeftOut) > 0 {
		return cli.ErrIncomplete
	}
	return nil
}

func (a *app) convertOptions(c convertFlags) (convert.Options, error) {
	opts := convert.Options{
		MaxRejectedPercent: c.maxRejectedPercent, Parallelism: c.parallelism, OmitSystemColumns: true,
		OmitChecksums: !a.asJSON,
	}
	if opts.RecordsPath = c.recordsPath; opts.RecordsPath == "" {
		opts.RecordsPath = a.Getenv("RECORDS_PATH")
	}
	if err := convert.ValidateRecordsPath(opts.RecordsPath); err != nil {
		return opts, cli.Usage(fmt.Sprintf("--records-path: %v", err), "--records-path /Records, or --records-path '#'")
	}
	if c.maxZstdWindowMB == 0 {
		if text := a.Getenv("MAX_ZSTD_WINDOW_MB"); text != "" {
			n, err := strconv.ParseInt(text, 10, 32)
			if err != nil || n < 1 {
				return opts, cli.Usage(fmt.Sprintf("MAX_ZSTD_WINDOW_MB %q is not a number of MiB", text),
					"--max-zstd-window-mb 512")
			}
			c.maxZstdWindowMB = n
		}
	}
	opts.MaxZstdWindow = c.maxZstdWindowMB << 20
	name := c.compression
	if name == "" {
		name = a.Getenv("COMPRESSION_TYPE")
	}
	var err error
	if opts.CaseSensitive = c.caseSensitive; !opts.CaseSensitive && a.Getenv("CASE_SENSITIVE") != "" {
		if opts.CaseSensitive, err = strconv.ParseBool(a.Getenv("CASE_SENSITIVE")); err != nil {
			return opts, cli.Usage("CASE_SENSITIVE is neither true nor false", "--case-sensitive")
		}
	}
	if opts.Compression, err = convert.ParseCompression(name); err != nil {
		return opts, cli.Usage(err.Error(), "--compression zstd, for example")
	}
	if c.schema != "" {
		base, err := schema.ParseDDL(c.schema)
		if err != nil {
			return opts, cli.Usage(fmt.Sprintf("--schema: %v", err),
				"--schema 'id bigint, name string, tags array<string>, user struct<id:bigint,name:string>'")
		}
		opts.Base = base
	}
	if c.processingTime != "" {
		t, err := time.Parse(time.RFC3339Nano, c.processingTime)
		if err != nil {
			return opts, cli.Usage(fmt.Sprintf("--processing-time: %v", err), "--processing-time 2025-01-17T14:31:00Z")
		}
		opts.ProcessingTime, opts.OmitSystemColumns = t, false
	}
	return opts, nil
}

// reportConversion prints what a conversion did; on standard error where standard output has the
// Parquet.
func (a *app) reportConversion(
	c convertFlags, in *localfiles.Inputs, r *convert.Result, leftOut int, took time.Duration,
) error {
	if a.asJSON {
		s := report.Summary{
			Files:   map[pipeline.Status]int{pipeline.Completed: len(r.Sources) - leftOut, pipeline.Failed: leftOut},
			BytesIn: r.BytesIn, BytesOut: r.BytesOut, Seconds: took.Seconds(), Outputs: []report.Output{},
			Ignored: in.Ignored, Oddities: pipeline.Oddities(r.Oddities),
		}
		for _, f := range in.LeftOut {
			s.LeftOut = append(s.LeftOut, report.LeftOut{Path: f.Path, Reason: f.Reason})
		}
		s.AddCounts(r.Counts)
		for _, p := range r.Parts {
			s.Outputs = append(s.Outputs, report.Output{Path: c.out,
				Output: pipeline.Output{Key: c.out, Rows: p.Rows, Size: p.Bytes, SHA256: p.SHA256}})
		}
		return a.JSON(s)
	}
	say := a.Say
	if c.out == "-" {
		say = a.Note
	}
	if len(r.Parts) == 0 {
		say("No rows in %s: no Parquet was written.\n", cli.Plural(len(r.Sources), "file"))
	} else {
		say("%s: %s rows, %s to %s in %s (%.0f MB/s)\n", c.out, cli.Number(r.Rows), cli.Size(r.BytesIn),
			cli.Size(r.BytesOut),
			cli.Duration(took), float64(r.BytesIn)/1e6/took.Seconds())
	}
	printOddities(say, pipeline.Oddities(r.Oddities))
	if r.Rescued > 0 {
		say("  %s did not fit the column: kept in _rescued_data\n", cli.Plural(int(r.Rescued), "value"))
	}
	switch {
	case r.Rejected > 0 && c.rejects != "":
		say("  %s rejected: kept with their reasons in %s\n", cli.Plural(int(r.Rejected), "line"), c.rejects)
	case r.Rejected > 0:
		say("  %s rejected; --rejects FILE keeps them with their reasons\n", cli.Plural(int(r.Rejected), "line"))
	}
	return nil
}

// A meter follows the bytes that one conversion has read.
type meter struct {
	total int64
	read  atomic.Int64
}

func (m *meter) progress() home.Progress {
	return home.Progress{Bytes: m.total, BytesRead: m.read.Load()}
}
