package main

import (
	"context"
	"errors"
	"log/slog"

	"github.com/spf13/cobra"

	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/home/awshome"
	"ndjson-parquet/internal/home/localhome"
)

func (a *app) doctorCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check everything the pipeline depends on, and name the fix of what is wrong",
		Long: `Check everything the pipeline depends on, and name the fix of what is wrong.

On one machine: the settings, the record of the root, whether each place can be read and written, modes, disk
room, the ledger's file, clocks, versions. On AWS: credentials, functions, the permissions of their roles,
state machine, queue, topic, table, buckets, clocks, versions. On both: batches that failed or are stuck,
files that wait too long, dead letters.

It changes nothing. "not checked" says what a check would need. Exit code 3: something is wrong.`,
		Example: `  ndjson-parquet doctor
  ndjson-parquet doctor --root aws:prod
  ndjson-parquet doctor --json | jq -r '.findings[] | select(.verdict == "problem") | .fix'`,
		Args: cli.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.doctor(cmd.Context()) },
	}
	a.flags.AddCore(cmd)
	return cmd
}

func (a *app) doctor(ctx context.Context) error {
	c := &home.Checkup{Root: a.flags.Root}
	if err := a.checkup(ctx, c); err != nil {
		return err
	}
	problems := c.Count(home.Problem)
	if a.asJSON {
		if err := a.JSON(map[string]any{"ok": problems == 0, "findings": c.Findings}); err != nil {
			return err
		}
	} else {
		a.printCheckup(c)
	}
	if problems > 0 {
		return cli.ErrIncomplete
	}
	return nil
}

func (a *app) checkup(ctx context.Context, c *home.Checkup) error {
	if env, ok := awshome.Environment(a.flags.Root); ok {
		log, err := a.logger(slog.LevelError)
		if err != nil {
			return err
		}
		err = awshome.Checkup(ctx, env, a.Getenv, log, c)
		if errors.Is(err, awshome.ErrEnvironment) {
			return cli.Usage("--root "+a.flags.Root+": "+err.Error(),
				"--root aws:dev, or ./"+a.flags.Root+" for a directory")
		}
		return err
	}
	root, config, err := a.findRoot(ctx)
	if usage, ok := cli.AsUsage(err); ok {
		c.Problem("configuration", "settings", c.Command("config"), "%s (try %s)", usage.Message, usage.Hint)
		return nil
	}
	if err != nil {
		c.Problem("configuration", "root record", home.Shell("ls", "-l", a.flags.Root), "%v", err)
		return nil
	}
	return localhome.Checkup(ctx, root, config, c)
}

func (a *app) printCheckup(c *home.Checkup) {
	for _, f := range c.Findings {
		verdict := cli.Text(string(f.Verdict))
		switch f.Verdict {
		case home.Fine:
			verdict = verdict.Good()
		case home.Warning:
			verdict = verdict.Warn()
		case home.Problem:
			verdict = verdict.Bad()
		case home.NotChecked:
		}
		a.Say("%s  %s, %s: %s\n", a.Style(verdict), f.Area, f.Subject, f.Detail)
		if f.Fix != "" {
			a.Say("    fix: %s\n", f.Fix)
		}
	}
	a.Say("%s: %s, %s, %s not made.\n", cli.Plural(len(c.Findings), "check"),
		cli.Plural(c.Count(home.Problem), "problem"),
		cli.Plural(c.Count(home.Warning), "warning"), cli.Plural(c.Count(home.NotChecked), "check"))
}
