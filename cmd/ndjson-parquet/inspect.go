package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"ndjson-parquet/internal/inspect"
)

func (a *app) inspectCommand() *cobra.Command {
	var head int
	cmd := &cobra.Command{
		Use:   "inspect FILE",
		Short: "Look into a Parquet file: columns, sizes, bounds, first rows",
		Example: `  ndjson-parquet inspect out.parquet
  ndjson-parquet inspect --head 5 out.parquet      the first rows, as NDJSON`,
		Args: oneArg("FILE"),
		RunE: func(_ *cobra.Command, args []string) error { return a.inspect(args[0], head) },
	}
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
		rows := json.NewEncoder(a.stdout)
		rows.SetEscapeHTML(false)
		return inspect.Head(f, info.Size(), head, func(row map[string]any) error { return rows.Encode(row) })
	}
	d, err := inspect.Describe(f, info.Size())
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	if a.asJSON {
		return a.printJSON(d)
	}
	a.say("%s: %s rows, %s, %s, written by %s\n\n", path, number(d.Rows), size(d.Size), plural(d.RowGroups, "row group"), d.CreatedBy)
	t := a.newTable("COLUMN", "TYPE", "VALUES", "NULLS", "SIZE", "RAW", "CODEC", "ENCODINGS", "MIN", "MAX")
	for _, c := range d.Columns {
		t.row(text(c.Path), text(c.Type), count(c.Values), count(c.Nulls), text(size(c.Compressed)).right(), text(size(c.Uncompressed)).right(),
			text(strings.ToLower(c.Codec)), text(strings.Join(c.Encodings, " ")), text(c.Min), text(c.Max))
	}
	t.print()
	return nil
}
