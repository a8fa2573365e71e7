package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/home/awshome"
	"ndjson-parquet/internal/home/localhome"
	"ndjson-parquet/internal/objectstore/open"
	"ndjson-parquet/internal/pipeline"
	"ndjson-parquet/internal/preview"
	"ndjson-parquet/internal/settings"
)

// mostPlanned is how many files a plan shows on a terminal.
const mostPlanned = 20

func (a *app) planCommand() *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use:   "plan [INPUT]",
		Short: "Show which date, batch and verdict the files of an input would get",
		Long: `Show which date, batch and verdict the files of an input would get.

Nothing is read but the names, sizes and times of the first files, and nothing is written. Where files would be
quarantined, a setting that accepts them is proposed, such as the date pattern that fits their keys. Files that were
processed before are not told from new ones. Exit code 3: some of the files would be quarantined.`,
		Example: `  ndjson-parquet plan /var/log/app
  ndjson-parquet plan s3://bucket/logs --date-pattern '{yyyy}/{mm}/{dd}/'
  ndjson-parquet plan --json --limit 100000 in`,
		Args: cli.OptionalArg("INPUT"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if limit < 1 {
				return cli.Usage("--limit must be at least 1", "--limit 1000")
			}
			if err := a.flags.SetInput(args); err != nil {
				return err
			}
			return a.plan(cmd.Context(), limit)
		},
	}
	a.flags.AddCore(cmd)
	cmd.Flags().IntVar(&limit, "limit", 1000, "look at so many files")
	return cmd
}

func (a *app) plan(ctx context.Context, limit int) error {
	places, config, err := a.planned(ctx)
	if err != nil {
		return err
	}
	store, err := open.Existing(ctx, places.Input)
	if err != nil {
		return fmt.Errorf("the input cannot be read: %w", err)
	}
	p, err := preview.Of(ctx, store.List(ctx, "", ""), config, time.Now(), limit)
	if err != nil {
		return err
	}
	if a.asJSON {
		err = a.JSON(p)
	} else {
		a.printPlan(places, p)
	}
	if err == nil && p.Accepted < len(p.Files) {
		err = cli.ErrIncomplete
	}
	return err
}

// planned returns the places and the configuration with which a run would work. Unlike a run it
// accepts settings that differ from the root's record: trying them changes nothing.
func (a *app) planned(ctx context.Context) (home.Places, pipeline.Config, error) {
	if env, ok := awshome.Environment(a.flags.Root); ok {
		input, _ := a.flags.Places(a.Getenv)
		if input.Input != "" {
			return home.Places{}, pipeline.Config{}, cli.Usage("the input of a pipeline on AWS is its own",
				"plan --root "+a.flags.Root)
		}
		h, err := a.openOnAWS(ctx, env)
		if err != nil {
			return home.Places{}, pipeline.Config{}, err
		}
		return h.Places, h.Config, h.Close(ctx)
	}
	config, err := a.flags.Config(a.Getenv)
	if err != nil {
		return home.Places{}, config, err
	}
	given, _, err := a.recordedSettings()
	if err != nil {
		return home.Places{}, config, err
	}
	places, _ := a.flags.Places(a.Getenv)
	root, err := localhome.Find(ctx, localhome.Root{Places: home.Places{Root: places.Root, Input: places.Input}})
	if err != nil {
		return home.Places{}, config, cli.Usage(err.Error(), "")
	}
	own := recorded(&given)
	for i, s := range recorded(&root) {
		if *own[i].text == "" && *s.text != "" {
			if err := settings.ByVariable(s.variable).Set(&config, localhome.RecordName, *s.text); err != nil {
				return root.Places, config, err
			}
		}
	}
	return root.Places, config, nil
}

func (a *app) printPlan(places home.Places, p preview.Preview) {
	if len(p.Files) == 0 {
		a.Say("There is no file in %s.\n", places.Input)
	} else {
		t := a.NewTable("FILE", "DATE", "BATCH", "VERDICT", "BECAUSE")
		for _, f := range shown(p.Files) {
			batch, verdict := "–", cli.Text("accepted").Good()
			if f.Reason != "" {
				verdict = cli.Text(f.Reason).Bad()
			} else {
				batch = fmt.Sprintf("%s #%d", f.Date, f.Batch)
			}
			t.Row(cli.Text(f.Key), cli.Text(f.Date), cli.Text(batch), verdict, cli.Text(f.Detail))
		}
		t.Print()
		all := "All"
		if p.Truncated {
			all = "The first"
		}
		a.Say("\n%s %s: %d accepted in %s, %d quarantined.\n", all, cli.Plural(len(p.Files), "file"), p.Accepted,
			cli.Plural(p.Batches, "batch"), len(p.Files)-p.Accepted)
	}
	if p.Markers > 0 {
		a.Say("%s ignored: hidden files and markers such as _SUCCESS.\n", cli.Plural(p.Markers, "object"))
	}
	for _, s := range p.Proposals {
		a.Say("Try %s %s: it %s.\n", s.Flag, pipeline.ShellQuote(s.Value), s.Reason)
	}
}

// shown returns the files that a terminal shows: some that are accepted and some that are not.
func shown(files []preview.File) []preview.File {
	if len(files) <= mostPlanned {
		return files
	}
	var some []preview.File
	left := map[bool]int{true: mostPlanned / 2, false: mostPlanned / 2} // by whether it is accepted
	for _, f := range files {
		if accepted := f.Reason == ""; left[accepted] > 0 {
			left[accepted]--
			some = append(some, f)
		}
	}
	return some
}
