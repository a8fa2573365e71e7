package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/spf13/cobra"

	"ndjson-parquet/internal/home/localhome"
)

func (a *app) moveCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "move",
		Short: "Change the places that a root records, after its files were copied",
		Long: `Change the places that a root records, after its files were copied.

A root records where its input, output, manifests, quarantine and ledger are, and the compression of its output. Other commands
refuse another place, because they would read or publish elsewhere. To move a part:

  1. stop serve, and complete what is under way with run
  2. copy the files of the part to the new place
  3. move with the new place: it verifies every batch there, and changes the record only if all is well
  4. remove the files at the old place

A new input or compression needs no copy. Exit code 3: something does not agree at the new place, and nothing was changed.`,
		Example: `  ndjson-parquet move --output s3://bucket/out
  ndjson-parquet move --root /srv/events --input /var/spool/events --compression zstd`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.move(cmd.Context()) },
	}
	a.settings.addCore(cmd)
	return cmd
}

func (a *app) move(ctx context.Context) error {
	if err := a.refuseOnAWS("move", "Terraform, which decides where the parts of a pipeline on AWS are"); err != nil {
		return err
	}
	to := localhome.Root{Places: a.givenPlaces(), Compression: a.givenCompression()}
	if p := to.Places; p.Input+p.Output+p.Manifests+p.Quarantine+p.Ledger+to.Compression == "" {
		return &usageError{"move needs to know what to move", "move --output DIR, --input, --manifests, --quarantine, --ledger or --compression"}
	}
	if _, err := a.config(); err != nil {
		return err
	}
	report, err := localhome.Move(ctx, to)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%w (a root without a record gets one from run with the places that it uses)", err)
	case errors.Is(err, localhome.ErrPlaces):
		return &usageError{message: err.Error()}
	case err != nil:
		return err
	}
	if a.asJSON {
		err = a.printJSON(newVerifyJSON(report))
	} else {
		a.printVerify(report)
		if len(report.Findings) == 0 {
			a.say("The root records the new places.\n")
		}
	}
	if err == nil && len(report.Findings) > 0 {
		a.note("Nothing was moved.\n")
		err = errIncomplete
	}
	return err
}
