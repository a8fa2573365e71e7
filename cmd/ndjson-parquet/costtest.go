package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/cost"
	"ndjson-parquet/internal/costtest"
	"ndjson-parquet/internal/generate"
	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/home/awshome"
	"ndjson-parquet/internal/objectstore"
	"ndjson-parquet/internal/objectstore/open"
	"ndjson-parquet/internal/pipeline"
)

type costTestSettings struct {
	date    string
	timeout time.Duration
	clean   bool
}

func (a *app) costTestCommand() *cobra.Command {
	var s costTestSettings
	cmd := &cobra.Command{
		Use:   "cost-test",
		Short: "Put twelve small files through the pipeline and check the result",
		Long: `Put twelve small files through the pipeline and check the result.

The files, of about 100 KB or of the size that the pipeline expects, are enough for exactly one batch
(--max-files-per-manifest) and leave two that wait. The command waits for the batch and checks that there was
one run, that two files are pending, and that the rows are equal. It says what this cost and what it leaves
behind, which --clean removes: input, rows of the ledger, output, commit record and manifest. The files'
columns join the dataset's schema, and stay there.

On one machine the command runs the batch itself, unless serve is faster. On AWS the functions do. Exit code
3: something is not as it must be.`,
		Example: `  ndjson-parquet cost-test --root /tmp/trial
  ndjson-parquet cost-test --root aws:dev --clean
  ndjson-parquet cost-test status --root aws:dev`,
		Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.costTest(cmd.Context(), s) },
	}
	status := &cobra.Command{
		Use:   "status",
		Short: "Where the files of cost tests are",
		Args:  cli.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.costTestStatus(cmd.Context(), s) },
	}
	for _, c := range []*cobra.Command{cmd, status} {
		a.flags.AddCore(c)
		c.Flags().
			StringVar(&s.date, "date", "", "date of the files (default today, UTC; tomorrow shortly before midnight)")
		c.Flags().BoolVar(&s.clean, "clean", false, "remove what tests of this date left")
	}
	cmd.Flags().DurationVar(&s.timeout, "timeout", 10*time.Minute, "how long to wait for the batch")
	cmd.AddCommand(status)
	return cmd
}

// A trial is a cost test that is under way.
type trial struct {
	*home.Home
	test   costtest.Test
	stores costtest.Stores
	run    func(context.Context) error // makes the batch, where this process does
	every  time.Duration               // between two looks
}

// openTrial opens the pipeline and its places. The caller closes it.
func (a *app) openTrial(ctx context.Context, date string) (*trial, error) {
	t := &trial{run: func(context.Context) error { return nil }, every: 2 * time.Second}
	if env, ok := awshome.Environment(a.flags.Root); ok {
		h, err := a.openOnAWS(ctx, env)
		if err != nil {
			return nil, err
		}
		t.Home = h.Home
	} else {
		h, err := a.openLocal(ctx, slog.LevelWarn, false)
		if err != nil {
			return nil, err
		}
		t.Home, t.every = h.Home, 100*time.Millisecond
		t.run = func(ctx context.Context) error {
			_, err := h.Run(ctx, true)
			return err
		}
	}
	for _, s := range []struct {
		store *objectstore.Store
		place string
	}{
		{&t.stores.Input, t.Places.Input}, {&t.stores.Output, t.Places.Output},
		{&t.stores.Manifests, t.Places.Manifests}, {&t.stores.Quarantine, t.Places.Quarantine},
	} {
		var err error
		if *s.store, err = open.Existing(ctx, s.place); err != nil {
			return nil, errors.Join(err, t.Close(ctx))
		}
	}
	if date == "" {
		const beforeMidnight = 15 * time.Minute
		date = time.Now().UTC().Add(beforeMidnight).Format(time.DateOnly)
	}
	t.test = costtest.Test{Ledger: t.Ledger, Input: t.stores.Input, Config: t.Config, Date: date}
	return t, nil
}

// A costTestJSON is the result of a cost test.
type costTestJSON struct {
	OK      bool             `json:"ok"`
	Wrong   []string         `json:"wrong"`
	Batch   pipeline.BatchID `json:"batch_id,omitempty"`
	Files   int              `json:"files"`
	Pending int              `json:"pending"`
	Rows    int64            `json:"rows"`
	Seconds float64          `json:"seconds"`
	// Dollars is what the model of the command cost says that the batch costs on AWS, by engine.
	Dollars map[string]float64 `json:"dollars_on_aws"`
	Left    []string           `json:"left"` // objects
	Cleaned bool               `json:"cleaned"`
}

func (a *app) costTest(ctx context.Context, s costTestSettings) (err error) {
	t, err := a.openTrial(ctx, s.date)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.Close(context.WithoutCancel(ctx))) }()
	began := time.Now()
	made, err := t.test.Put(ctx, began)
	if errors.Is(err, costtest.ErrPending) {
		return cli.Usage(
			err.Error(),
			"cost-test --date with a date that has no pending files, or flush "+t.test.Date+" first",
		)
	}
	if err != nil {
		return err
	}
	state, err := t.wait(ctx, made, s.timeout)
	if err != nil {
		return err
	}
	out := costTestJSON{
		Files:   len(made.Files),
		Pending: state.ByStatus[pipeline.Pending],
		Seconds: time.Since(began).Seconds(),
	}
	batch, wrong := state.Check(made)
	out.Batch, out.Rows, out.Wrong = batch.ID, batch.Rows, append([]string{}, wrong...)
	out.OK, out.Dollars = len(wrong) == 0, dollarsOnAWS(made)
	out.Left, _ = state.Left(t.stores)
	if s.clean {
		if err := state.Clean(ctx, t.Home, t.stores); err != nil {
			return fmt.Errorf("clean: %w", err)
		}
		out.Cleaned = true
	}
	if a.asJSON {
		err = a.JSON(out)
	} else {
		a.printCostTest(out, len(state.Files)+len(state.Batches))
	}
	if err == nil && !out.OK {
		err = cli.ErrIncomplete
	}
	return err
}

// wait returns when the batch of the files has ended, or the time is over.
func (t *trial) wait(ctx context.Context, made generate.Summary, timeout time.Duration) (costtest.State, error) {
	end := time.Now().Add(timeout)
	for {
		if err := t.run(ctx); err != nil {
			return costtest.State{}, err
		}
		state, err := t.test.Look(ctx)
		if err != nil || state.Ended(made) || time.Now().After(end) {
			return state, err
		}
		select {
		case <-time.After(t.every):
		case <-ctx.Done():
			return state, ctx.Err()
		}
	}
}

// dollarsOnAWS is what a batch of all files of a test costs on AWS by the model, in list prices and
// without what costs the same every month. It is slightly more than the test costs, since two files
// do not get so far.
func dollarsOnAWS(made generate.Summary) map[string]float64 {
	n := len(made.Files)
	w := cost.Workload{FilesPerDay: n, BatchFiles: n, FileMB: float64(made.Bytes) / 1e6 / float64(n)}
	dollars := map[string]float64{}
	for _, engine := range cost.Engines() {
		m, err := cost.Model(w, engine, cost.ListPrices(), cost.Assumptions())
		if err == nil {
			dollars[engine] = m.Variable() / w.Batches()
		}
	}
	return dollars
}

func (a *app) printCostTest(c costTestJSON, rows int) {
	for _, w := range c.Wrong {
		a.Say("wrong: %s\n", w)
	}
	if c.OK {
		a.Say(
			"As it must be: one run (%s) of %s with %s rows, %s pending, after %s.\n",
			c.Batch,
			cli.Plural(c.Files-c.Pending, "file"),
			cli.Number(
				c.Rows,
			),
			cli.Number(int64(c.Pending)),
			cli.Duration(time.Duration(c.Seconds*float64(time.Second))),
		)
	}
	if _, ok := awshome.Environment(a.flags.Root); ok {
		a.Say(
			"It cost about $%s with the native engine, $%s with Glue, by list prices.\n",
			small(c.Dollars["native"]),
			small(c.Dollars["glue"]),
		)
	} else {
		a.Say("It cost nothing but this machine's time; on AWS about $%s with the native engine, $%s with Glue.\n",
			small(c.Dollars["native"]), small(c.Dollars["glue"]))
	}
	if c.Cleaned {
		a.Say(
			"Removed: %s and %s of the ledger. The schema keeps the files' columns.\n",
			cli.Plural(len(c.Left), "object"),
			cli.Plural(rows, "row"),
		)
		return
	}
	a.Say(
		"It leaves %s and %s of the ledger; cost-test status --clean removes them:\n",
		cli.Plural(len(c.Left), "object"),
		cli.Plural(rows, "row"),
	)
	for _, o := range c.Left {
		a.Say("  %s\n", o)
	}
}

// small is an amount of less than a dollar.
func small(v float64) string { return strconv.FormatFloat(v, 'f', 5, 64) }

func (a *app) costTestStatus(ctx context.Context, s costTestSettings) (err error) {
	t, err := a.openTrial(ctx, s.date)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.Close(context.WithoutCancel(ctx))) }()
	state, err := t.test.Look(ctx)
	if err != nil {
		return err
	}
	left, rows := state.Left(t.stores)
	if s.clean {
		if err := state.Clean(ctx, t.Home, t.stores); err != nil {
			return fmt.Errorf("clean: %w", err)
		}
	}
	ids := []pipeline.BatchID{}
	for _, b := range state.Batches {
		ids = append(ids, b.ID)
	}
	if a.asJSON {
		return a.JSON(map[string]any{
			"date": t.test.Date, "files_by_status": state.ByStatus, "batches": ids, "left": append([]string{}, left...),
			"cleaned": s.clean,
		})
	}
	if len(state.Files) == 0 {
		a.Say("No files of cost tests with the date %s.\n", t.test.Date)
		return nil
	}
	a.Say("%s of cost tests with the date %s:", cli.Plural(len(state.Files), "file"), t.test.Date)
	for _, status := range pipeline.Statuses {
		if n := state.ByStatus[status]; n > 0 {
			a.Say(" %s %s", cli.Number(int64(n)), status)
		}
	}
	a.Say("\n")
	for _, b := range state.Batches {
		a.Say("  %s is %s: %s, %s rows\n", b.ID, b.Status, cli.Plural(b.FileCount, "file"), cli.Number(b.Rows))
	}
	if s.clean {
		a.Say("Removed: %s and %s of the ledger.\n", cli.Plural(len(left), "object"), cli.Plural(rows, "row"))
	}
	return nil
}
