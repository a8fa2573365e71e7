package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"ndjson-parquet/internal/pipeline"
)

func (a *app) verifyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "verify [DATE]",
		Short: "Is all of it really there?",
		Long: `Is all of it really there?

Compares the ledger, the manifests, the commit records, the listing of the output, and each Parquet file's footer and
SHA-256, and reports everything that does not agree. It reads all output of the date, or all output, and changes nothing. Exit
code 3: something does not agree.`,
		Example: `  ndjson-parquet verify
  ndjson-parquet verify 2025-01-17 --json`,
		Args: optionalDate,
		RunE: func(cmd *cobra.Command, args []string) error { return a.verify(cmd.Context(), first(args)) },
	}
	a.settings.addPlaces(cmd.Flags())
	return cmd
}

func (a *app) verify(ctx context.Context, date string) (err error) {
	p, done, err := a.openToRead(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done(ctx)) }()
	report, err := p.Verify(ctx, date)
	if err != nil {
		return err
	}
	if a.asJSON {
		err = a.printJSON(newVerifyJSON(report))
	} else {
		a.printVerify(report)
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
}

func newVerifyJSON(r pipeline.VerifyReport) verifyJSON {
	j := verifyJSON{len(r.Findings) == 0, r.Batches, r.UnderWay, r.Files, r.Outputs, r.Rows, r.Bytes, r.Findings}
	if j.Findings == nil {
		j.Findings = []pipeline.Finding{}
	}
	return j
}
