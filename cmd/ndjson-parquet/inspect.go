package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/inspect"
)

func (a *app) inspectCommand() *cobra.Command {
	var head int
	var rescued bool
	cmd := &cobra.Command{
		Use:   "inspect FILE",
		Short: "Look into a Parquet file: columns, sizes, bounds, first rows",
		Example: `  ndjson-parquet inspect out.parquet
  ndjson-parquet inspect --head 5 out.parquet      the first rows, as NDJSON`,
		Args: cli.OneArg("FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			if rescued {
				return a.inspectRescued(args[0])
			}
			return a.inspect(args[0], head)
		},
	}
	cmd.Flags().BoolVar(&rescued, "rescued", false,
		"group rescued values and rejected lines by column and reason; FILE may be a file of rejected lines, "+
			"or a directory of both")
	cmd.Flags().IntVar(&head, "head", 0, "print so many rows as NDJSON instead")
	return cmd
}

func (a *app) inspect(path string, head int) (err error) {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if head > 0 {
		return inspect.Head(f, info.Size(), head, func(row map[string]any) error { return a.JSONLine(row) })
	}
	d, err := inspect.Describe(f, info.Size())
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if a.asJSON {
		return a.JSON(d)
	}
	a.Say("%s: %s rows, %s, %s, written by %s\n\n", path, cli.Number(d.Rows), cli.Size(d.Size),
		cli.Plural(d.RowGroups, "row group"), d.CreatedBy)
	t := a.NewTable("COLUMN", "TYPE", "VALUES", "NULLS", "SIZE", "RAW", "CODEC", "ENCODINGS", "MIN", "MAX")
	for _, c := range d.Columns {
		t.Row(cli.Text(c.Path), cli.Text(c.Type), cli.Count(c.Values), cli.Count(c.Nulls),
			cli.Text(cli.Size(c.Compressed)).Right(), cli.Text(cli.Size(c.Uncompressed)).Right(),
			cli.Text(strings.ToLower(c.Codec)), cli.Text(strings.Join(c.Encodings,
				" ")), cli.Text(c.Min), cli.Text(c.Max))
	}
	t.Print()
	return nil
}
