package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/home/localhome"
	"ndjson-parquet/internal/report"
)

func (a *app) moveCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "move",
		Short: "Change the places that a root records, after its files were copied",
		Long: `Change the places that a root records, after its files were copied.

A root records where its input, output, manifests, quarantine and ledger are, and the compression of its
output. Other commands refuse another place, because they would read or publish elsewhere. To move a part:

  1. stop serve, and complete what is under way with run
  2. copy the files of the part to the new place
  3. move with the new place: it verifies every batch there, and changes the record only if all is well
  4. remove the files at the old place

A new input, compression or date pattern needs no copy. A date pattern must not give a file that was admitted another
date. Exit code 3: something does not agree at the new place, and nothing
was changed.`,
		Example: `  ndjson-parquet move --output s3://bucket/out
  ndjson-parquet move --root /srv/events --input /var/spool/events --compression zstd`,
		Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.move(cmd.Context()) },
	}
	a.flags.AddCore(cmd)
	return cmd
}

func (a *app) move(ctx context.Context) error {
	if err := a.refuseOnAWS("move", "Terraform, which decides where the parts of a pipeline on AWS are"); err != nil {
		return err
	}
	if _, err := a.flags.Config(a.Getenv); err != nil {
		return err
	}
	places, _ := a.flags.Places(a.Getenv)
	to, _, err := a.recordedSettings()
	if err != nil {
		return err
	}
	if len(a.flags.PlaceFlags()) == 0 && to == (localhome.Root{}) {
		return cli.Usage("move needs to know what to move",
			"move --output DIR, --input, --manifests, --quarantine, --ledger, --compression, "+
				"--date-pattern or --date-timezone")
	}
	to.Places = places
	moved, err := localhome.Move(ctx, to)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w (a root without a record gets one from run with the places that it uses)", err)
	case errors.Is(err, localhome.ErrPlaces):
		return cli.Usage(err.Error(), "")
	case err != nil:
		return err
	}
	if a.asJSON {
		err = a.JSON(report.NewVerification(moved))
	} else {
		a.printVerify(moved)
		if len(moved.Findings) == 0 {
			a.Say("The root records the new places.\n")
		}
	}
	if err == nil && len(moved.Findings) > 0 {
		a.Note("Nothing was moved.\n")
		err = cli.ErrIncomplete
	}
	return err
}
