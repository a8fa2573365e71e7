package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"ndjson-parquet/internal/generate"
	"ndjson-parquet/internal/pipeline"
)

func (a *app) verifyCommand() *cobra.Command {
	var against string
	cmd := &cobra.Command{
		Use:   "verify [DATE]",
		Short: "Is all of it really there?",
		Long: `Is all of it really there?

Compares the ledger, the manifests, the commit records, the listing of the output, and each Parquet file's footer and
SHA-256, and reports everything that does not agree. It reads all output of the date, or all output, and changes nothing.
--against also compares the ledger with the summary of generate: every generated file must have ended as it should, with the
rows and rejected lines that were put into it. Exit code 3: something does not agree.`,
		Example: `  ndjson-parquet verify
  ndjson-parquet verify --against made.json
  ndjson-parquet verify 2025-01-17 --json`,
		Args: optionalDate,
		RunE: func(cmd *cobra.Command, args []string) error { return a.verify(cmd.Context(), first(args), against) },
	}
	a.settings.addPlaces(cmd.Flags())
	cmd.Flags().StringVar(&against, "against", "", "`file` with the summary of generate to compare with")
	return cmd
}

func (a *app) verify(ctx context.Context, date, against string) (err error) {
	var made generate.Summary
	if against != "" {
		if date != "" {
			return &usageError{"a summary is compared as a whole, not for one date", "verify --against " + against}
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
	report, err := v.Verify(ctx, date)
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
		report.Findings = append(report.Findings, c.Findings...)
	}
	if a.asJSON {
		j := newVerifyJSON(report)
		j.Against = compared
		err = a.printJSON(j)
	} else {
		a.printVerify(report)
		if compared != nil {
			a.say("Of what was generated: %s with %s rows and %s rejected lines published; expected %s and %s, further versions not counted.\n",
				plural(compared.Files, "file"), number(compared.Rows), number(compared.Rejected), number(made.Rows), number(made.Rejected))
		}
	}
	if err == nil && len(report.Findings) > 0 {
		err = errIncomplete
	}
	return err
}

func (a *app) printVerify(r pipeline.VerifyReport) {
	for _, f := range r.Findings {
		a.say("%s\n  %s\n", f.Place, f.Detail)
	}
	verdict := "all agree"
	if n := len(r.Findings); n > 0 {
		verdict = plural(n, "thing") + " not as it should be"
	}
	a.say("%s, %s, %s with %s rows (%s): %s.\n", plural(r.Batches, "batch"), plural(r.Files, "file"),
		plural(r.Outputs, "Parquet file"), number(r.Rows), size(r.Bytes), verdict)
	if r.UnderWay > 0 {
		a.say("%s under way, not looked at.\n", plural(r.UnderWay, "batch"))
	}
}

// A verifyJSON is a verification's report.
type verifyJSON struct {
	OK       bool               `json:"ok"`
	Batches  int                `json:"batches"`
	UnderWay int                `json:"under_way"`
	Files    int                `json:"files"`
	Outputs  int                `json:"outputs"`
	Rows     int64              `json:"rows"`
	BytesOut int64              `json:"bytes_out"`
	Findings []pipeline.Finding `json:"findings"`
	// Against is the comparison with generated files, which only --against makes. Its findings are among the others.
	Against *generate.Comparison `json:"against,omitempty"`
}

func newVerifyJSON(r pipeline.VerifyReport) verifyJSON {
	j := verifyJSON{
		OK: len(r.Findings) == 0, Batches: r.Batches, UnderWay: r.UnderWay, Files: r.Files, Outputs: r.Outputs, Rows: r.Rows,
		BytesOut: r.Bytes, Findings: r.Findings,
	}
	if j.Findings == nil {
		j.Findings = []pipeline.Finding{}
	}
	return j
}
