package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/generate"
	"ndjson-parquet/internal/pipeline"
	"ndjson-parquet/internal/report"
)

func (a *app) verifyCommand() *cobra.Command {
	var against string
	cmd := &cobra.Command{
		Use:   "verify [DATE]",
		Short: "Check that everything is really there",
		Long: `Check that everything is really there

Compares the ledger, the manifests, the commit records, the listing of the output, and each Parquet file's
footer and SHA-256, and reports everything that does not agree. It reads all output of the date, or all
output, and changes nothing. --against also compares the ledger with the summary of generate: every generated
file must have ended as it should, with the rows and rejected lines that were put into it. Exit code 3:
something does not agree.`,
		Example: `  ndjson-parquet verify
  ndjson-parquet verify --against made.json
  ndjson-parquet verify 2025-01-17 --json`,
		Args: cli.OptionalDate,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.verify(cmd.Context(), cli.First(args), against)
		},
	}
	a.flags.AddPlaces(cmd.Flags())
	cmd.Flags().StringVar(&against, "against", "", "`file` with the summary of generate to compare with")
	return cmd
}

func (a *app) verify(ctx context.Context, date, against string) (err error) {
	var made generate.Summary
	if against != "" {
		if date != "" {
			return cli.Usage("a summary is compared as a whole, not for one date", "verify --against "+against)
		}
		if made, err = readSummary(against); err != nil {
			return err
		}
	}
	v, err := a.openView(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, v.Close(ctx)) }()
	bar := a.StartBar("verifying")
	found, err := v.VerifyShowing(ctx, date, bar.Show)
	bar.Finish()
	if err != nil {
		return err
	}
	var compared *generate.Comparison
	if against != "" {
		c, err := generate.Compare(ctx, made, v.Ledger)
		if err != nil {
			return err
		}
		compared = &c
		found.Findings = append(found.Findings, c.Findings...)
	}
	if a.asJSON {
		j := report.NewVerification(found)
		j.Against = compared
		err = a.JSON(j)
	} else {
		a.printVerify(found)
		if compared != nil {
			a.Say("Of what was generated: %s with %s rows and %s rejected lines published; expected %s and %s, "+
				"further versions not counted.\n",
				cli.Plural(compared.Files, "file"), cli.Number(compared.Rows), cli.Number(compared.Rejected),
				cli.Number(made.Rows), cli.Number(made.Rejected))
		}
	}
	if err == nil && len(found.Findings) > 0 {
		err = cli.ErrIncomplete
	}
	return err
}

func (a *app) printVerify(r pipeline.VerifyReport) {
	for _, f := range r.Findings {
		a.Say("%s\n  %s\n", f.Place, f.Detail)
	}
	verdict := "no differences"
	if n := len(r.Findings); n > 0 {
		verdict = cli.Plural(n, "difference")
	}
	a.Say("Verified %s, %s and %s with %s rows (%s): %s.\n", cli.Plural(r.Batches, "batch"),
		cli.Plural(r.Files, "file"),
		cli.Plural(r.Outputs, "Parquet file"), cli.Number(r.Rows), cli.Size(r.Bytes), verdict)
	if r.UnderWay > 0 {
		a.Say("%s under way, not verified.\n", cli.Plural(r.UnderWay, "batch"))
	}
}
