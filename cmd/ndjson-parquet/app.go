package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"ndjson-parquet/internal/buildinfo"
)

// Exit codes.
const (
	exitDone       = 0
	exitFailed     = 1 // could not do it
	exitUsage      = 2 // wrong usage
	exitIncomplete = 3 // done, but something was quarantined, rejected or failed
)

// An app is one invocation of the program: where it reads and writes, and what its flags say.
type app struct {
	stdin          io.Reader
	stdout, stderr *os.File
	getenv         func(string) string

	settings settings
	asJSON   bool
	logLevel string
}

// errIncomplete ends a command that did its work and has already said what is not as it should be.
var errIncomplete = errors.New("done, but not all is well")

// A usageError is a mistake in how the program was called.
type usageError struct{ message, hint string }

func (e *usageError) Error() string { return e.message }

// run executes the command line and returns the exit code.
func (a *app) run(ctx context.Context, args []string) int {
	root := a.rootCommand()
	root.SetArgs(args)
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	cmd, err := root.ExecuteContextC(ctx)
	var usage *usageError
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errIncomplete):
		return exitIncomplete
	case errors.As(err, &usage):
		a.note("Error: %s\n", usage.message)
		if usage.hint != "" {
			a.note("Try: %s\n", usage.hint)
		}
		return exitUsage
	case strings.HasPrefix(err.Error(), "unknown command"), strings.HasPrefix(err.Error(), "unknown flag"):
		a.note("Error: %s\nTry: %s --help\n", err, cmd.CommandPath())
		return exitUsage
	case ctx.Err() != nil:
		a.note("Stopped: %v. Nothing is lost: the same command goes on from here.\n", err)
		return exitFailed
	}
	a.note("Error: %s\n", err)
	return exitFailed
}

func (a *app) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "ndjson-parquet",
		Short: "NDJSON files in, exactly-once Parquet out",
		Long: `NDJSON files in, exactly-once Parquet out.

Files are named YYYY-MM-DD-<anything>.ndjson (or .ndjson.gz, .ndjson.zst). All state lies below --root (default ./data):
input/, output/, manifests/, quarantine/ and the ledger tracking.db. Each can lie elsewhere, as a path or an s3:// URL.`,
		Example: `  ndjson-parquet run examples/input          process what is there, once
  ndjson-parquet serve                       keep processing what arrives in data/input
  ndjson-parquet status                      how far is everything?
  ndjson-parquet why 2025-01-17-web-00.ndjson  where is this file, and why?
  ndjson-parquet convert -o out.parquet logs/  just convert, no ledger`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return &usageError{err.Error(), cmd.CommandPath() + " --help"}
	})
	root.PersistentFlags().BoolVar(&a.asJSON, "json", false, "print one JSON object on standard output")
	root.PersistentFlags().StringVar(&a.logLevel, "log-level", "", "debug, info, warn or error (default: info for serve, else warn)")
	root.AddGroup(
		&cobra.Group{ID: "work", Title: "Do the work:"},
		&cobra.Group{ID: "look", Title: "Look at it:"},
		&cobra.Group{ID: "repair", Title: "Put things right:"},
	)
	for _, group := range []struct {
		id       string
		commands []*cobra.Command
	}{
		{"work", []*cobra.Command{a.runCommand(), a.serveCommand(), a.convertCommand(), a.backfillCommand(), a.generateCommand()}},
		{"look", []*cobra.Command{a.statusCommand(), a.filesCommand(), a.batchesCommand(), a.whyCommand(), a.verifyCommand(), a.schemaCommand(), a.inspectCommand(), a.costCommand()}},
		{"repair", []*cobra.Command{a.flushCommand(), a.retryCommand(), a.releaseCommand(), a.redriveCommand(), a.moveCommand()}},
	} {
		for _, c := range group.commands {
			c.GroupID = group.id
			root.AddCommand(c)
			completeFlags(c)
		}
	}
	root.AddCommand(a.versionCommand())
	root.Version = buildinfo.Version() // for --version
	root.SetVersionTemplate("ndjson-parquet {{.Version}}\n")
	return root
}

// logger writes to standard error.
func (a *app) logger(level slog.Level) (*slog.Logger, error) {
	if s := a.logLevel; s != "" {
		if err := level.UnmarshalText([]byte(s)); err != nil {
			return nil, &usageError{fmt.Sprintf("--log-level %q is not a level", s), "--log-level debug, info, warn or error"}
		}
	}
	return slog.New(slog.NewTextHandler(a.stderr, &slog.HandlerOptions{Level: level})), nil
}

// say prints to standard output, note to standard error. Where the reader has gone away there is nobody to tell.
func (a *app) say(format string, args ...any) { _, _ = fmt.Fprintf(a.stdout, format, args...) }

func (a *app) note(format string, args ...any) { _, _ = fmt.Fprintf(a.stderr, format, args...) }

// isTerminal reports whether f is one.
func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// noArgs, oneArg and optionalArg check the number of arguments.
func noArgs(cmd *cobra.Command, args []string) error { return countArgs(cmd, args, 0, 0, "") }

func oneArg(name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error { return countArgs(cmd, args, 1, 1, name) }
}

func optionalArg(name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error { return countArgs(cmd, args, 0, 1, name) }
}

func countArgs(cmd *cobra.Command, args []string, least, most int, name string) error {
	switch {
	case len(args) > most && !cmd.HasParent():
		return &usageError{fmt.Sprintf("there is no command %q", args[0]), cmd.CommandPath() + " --help"}
	case len(args) > most && most == 0:
		return &usageError{fmt.Sprintf("%s takes no argument, but got %q", cmd.CommandPath(), args[0]), cmd.CommandPath() + " --help"}
	case len(args) > most:
		return &usageError{fmt.Sprintf("%s takes one %s, but got %d arguments", cmd.CommandPath(), name, len(args)), cmd.CommandPath() + " --help"}
	case len(args) < least:
		return &usageError{fmt.Sprintf("%s needs a %s", cmd.CommandPath(), name), cmd.UseLine()}
	}
	return nil
}
