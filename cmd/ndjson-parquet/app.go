package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/spf13/cobra"

	"ndjson-parquet/internal/buildinfo"
	"ndjson-parquet/internal/cli"
)

// An app is one invocation of the program: where it reads and writes, and what its flags say.
type app struct {
	*cli.Terminal

	flags    cli.Flags
	asJSON   bool
	logLevel string
}

// run executes the command line and returns the exit code.
func (a *app) run(ctx context.Context, args []string) int {
	root := a.rootCommand()
	root.SetArgs(args)
	root.SetIn(a.Stdin)
	root.SetOut(a.Stdout)
	root.SetErr(a.Stderr)
	err := root.ExecuteContext(ctx)
	usage, isUsage := cli.AsUsage(err)
	switch {
	case err == nil:
		return cli.ExitDone
	case errors.Is(err, cli.ErrIncomplete):
		return cli.ExitIncomplete
	case isUsage:
		a.Note("Error: %s\n", err)
		if usage.Hint != "" {
			a.Note("Try: %s\n", usage.Hint)
		}
		return cli.ExitUsage
	case ctx.Err() != nil:
		a.Note("Stopped: %v. Nothing is lost: the same command continues from here.\n", err)
		return cli.ExitFailed
	}
	a.Note("Error: %s\n", err)
	return cli.ExitFailed
}

func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "ndjson-parquet",
		Short: "NDJSON files in, exactly-once Parquet out",
		Long: `NDJSON files in, exactly-once Parquet out.

Files are named YYYY-MM-DD-<anything>.ndjson (or .ndjson.gz, .ndjson.zst). All state is below --root (default
./data): input/, output/, manifests/, quarantine/ and the ledger tracking.db. Each can be elsewhere, at a path
or an s3:// URL, which the root records.`,
		Example: `  ndjson-parquet run examples/input          process what is there, once
  ndjson-parquet serve                       keep processing what arrives in data/input
  ndjson-parquet status                      how far is everything?
  ndjson-parquet why 2025-01-17-web-00.ndjson  where is this file, and why?
  ndjson-parquet convert -o out.parquet logs/  just convert, no ledger`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cli.NoArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(cli.FlagError)
	root.PersistentFlags().BoolVar(&a.asJSON, "json", false, "print one JSON object on standard output")
	root.PersistentFlags().StringVar(&a.logLevel, "log-level", "",
		"debug, info, warn or error (default: info for serve, else warn)")
	root.AddGroup(
		&cobra.Group{ID: "work", Title: "Do the work:"},
		&cobra.Group{ID: "look", Title: "Look at it:"},
		&cobra.Group{ID: "repair", Title: "Put things right:"},
	)
	for _, group := range []struct {
		id       string
		commands []*cobra.Command
	}{
		{"work", []*cobra.Command{
			a.planCommand(), a.runCommand(),
			a.serveCommand(),
			a.convertCommand(),
			a.backfillCommand(),
			a.generateCommand(),
		}},
		{"look", []*cobra.Command{
			a.statusCommand(),
			a.filesCommand(),
			a.batchesCommand(),
			a.whyCommand(),
			a.verifyCommand(),
			a.configCommand(),
			a.doctorCommand(),
			a.schemaCommand(),
			a.inspectCommand(),
			a.costCommand(),
			a.costTestCommand(),
			a.dashboardCommand(),
		}},
		{"repair", []*cobra.Command{
			a.flushCommand(),
			a.retryCommand(),
			a.releaseCommand(),
			a.reprocessCommand(),
			a.redriveCommand(),
			a.moveCommand(),
		}},
	} {
		for _, c := range group.commands {
			c.GroupID = group.id
			root.AddCommand(c)
			cli.CompleteFlags(c)
		}
	}
	a.completeCommands(root)
	root.AddCommand(a.versionCommand())
	root.Version = buildinfo.Version() // for --version
	root.SetVersionTemplate("ndjson-parquet {{.Version}}\n")
	return root
}

// logger writes to standard error.
func (a *app) logger(level slog.Level) (*slog.Logger, error) {
	if s := a.logLevel; s != "" {
		if err := level.UnmarshalText([]byte(s)); err != nil {
			return nil, cli.Usage(fmt.Sprintf("--log-level %q is not a level", s),
				"--log-level debug, info, warn or error")
		}
	}
	return slog.New(slog.NewTextHandler(a.Stderr, &slog.HandlerOptions{Level: level})), nil
}
