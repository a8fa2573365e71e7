package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"ndjson-parquet/convert/schema"
	"ndjson-parquet/internal/cli"
)

func (a *app) schemaSetCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "set COLUMN TYPE",
		Short: "Change the type of a column, and convert the affected batches again",
		Long: `Change the type of a column, and convert the batches that have it again. Each batch's Parquet is
replaced at once; a value that does not fit the new type moves to _rescued_data, one that now fits comes back
from it. The inputs must still be there as they were. If the command is cut off, give it again: it goes on
where it was.

A column that does not exist yet is declared: later values are read as the type says. TYPE is as in Spark and Athena:
boolean, bigint, double, string, timestamp, date, decimal(p,s), array<T>, struct<name:T,…>, map<string,T>.
A timestamp(epoch_s), epoch_ms, epoch_us or epoch_ns also takes numbers, of seconds to nanoseconds since 1970.`,
		Example: `  ndjson-parquet schema set created_at timestamp
  ndjson-parquet schema set user.age double
  ndjson-parquet schema set items.price 'decimal(12,2)'`,
		Args: func(cmd *cobra.Command, args []string) error {
			return cli.CountArgs(cmd, args, 2, 2, "COLUMN and TYPE")
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			t, err := schema.ParseType(args[1])
			if err != nil {
				return cli.Usage(err.Error(), "a type like bigint, timestamp or array<string>")
			}
			return a.setColumnType(cmd.Context(), args[0], *t)
		},
	}
	a.flags.AddCore(cmd)
	return cmd
}

func (a *app) setColumnType(ctx context.Context, column string, t schema.Type) error {
	if err := a.refuseOnAWS("schema set", "schema show and schema diff, to look at the schema there"); err != nil {
		return err
	}
	h, err := a.openHome(ctx)
	if err != nil {
		return err
	}
	bar := a.StartBar("converting again")
	r, err := h.SetColumnType(ctx, column, t, func(done, all int) { bar.Show(int64(done), int64(all)) })
	bar.Finish()
	if err = errors.Join(err, h.Close(ctx)); err != nil {
		return err
	}
	if a.asJSON {
		err = a.JSON(r)
	} else {
		a.Say("%s is %s since version %d of the schema; %s converted again.\n", column, t.DDL(), r.SchemaVersion,
			cli.Plural(len(r.Batches), "batch"))
	}
	if err == nil && len(r.UnderWay) > 0 {
		a.Note("%s still under way with the old schema: give the command again when they are done (see batches).\n",
			cli.Plural(len(r.UnderWay), "batch"))
		err = cli.ErrIncomplete
	}
	return err
}
