package cli

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ndjson-parquet/internal/pipeline"
)

// A UsageError is a mistake in how the program was called.
type UsageError struct {
	Message string
	Hint    string // what to call instead; may be empty
}

func (e *UsageError) Error() string { return e.Message }

// FlagError turns an error of a flag into a UsageError, with the flags of similar names if there is
// no such flag.
func FlagError(cmd *cobra.Command, err error) error {
	usage := &UsageError{err.Error(), cmd.CommandPath() + " --help"}
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		if similar := similarFlags(cmd, unknown.GetSpecifiedName()); len(similar) > 0 {
			usage.Hint = strings.Join(similar, " or ")
		}
	}
	return usage
}

// similarFlags returns the flags of cmd with names that are similar to name.
func similarFlags(cmd *cobra.Command, name string) []string {
	// Cobra knows which names of commands are similar, so each flag poses as a command.
	flags := &cobra.Command{SuggestionsMinimumDistance: 2}
	var similar []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden && abbreviates(name, f.Name) {
			similar = append(similar, "--"+f.Name)
		} else if !f.Hidden {
			flags.AddCommand(&cobra.Command{Use: f.Name, Run: func(*cobra.Command, []string) {}})
		}
	})
	for _, s := range flags.SuggestionsFor(name) {
		similar = append(similar, "--"+s)
	}
	return similar
}

// abbreviates reports whether the words of short are beginnings of the first words of name, as in
// max-file-per and max-files-per-manifest.
func abbreviates(short, name string) bool {
	words, whole := strings.Split(short, "-"), strings.Split(name, "-")
	if len(words) > len(whole) {
		return false
	}
	for i, word := range words {
		if word == "" || !strings.HasPrefix(whole[i], word) {
			return false
		}
	}
	return true
}

// NoArgs accepts no argument. For the root command an argument is a command that does not exist.
func NoArgs(cmd *cobra.Command, args []string) error { return CountArgs(cmd, args, 0, 0, "") }

// OneArg accepts one argument.
func OneArg(name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error { return CountArgs(cmd, args, 1, 1, name) }
}

// OptionalArg accepts one argument or none.
func OptionalArg(name string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error { return CountArgs(cmd, args, 0, 1, name) }
}

// CountArgs checks the number of arguments; name is what they are.
func CountArgs(cmd *cobra.Command, args []string, least, most int, name string) error {
	help := cmd.CommandPath() + " --help"
	switch {
	case len(args) > most && !cmd.HasParent():
		return unknownCommand(cmd, args[0])
	case len(args) > most && most == 0 && cmd.HasSubCommands():
		return unknownCommand(cmd, args[0])
	case len(args) > most && most == 0:
		return &UsageError{fmt.Sprintf("%s takes no argument, but got %q", cmd.CommandPath(), args[0]), help}
	case len(args) > most:
		return &UsageError{fmt.Sprintf("%s takes one %s, but got %d arguments", cmd.CommandPath(), name, len(args)),
			help}
	case len(args) < least:
		return &UsageError{fmt.Sprintf("%s needs a %s", cmd.CommandPath(), name), cmd.UseLine()}
	}
	return nil
}

func unknownCommand(cmd *cobra.Command, name string) error {
	usage := &UsageError{fmt.Sprintf("there is no command %q", name), cmd.CommandPath() + " --help"}
	if cmd.SuggestionsMinimumDistance <= 0 {
		cmd.SuggestionsMinimumDistance = 2
	}
	var similar []string
	for _, s := range cmd.SuggestionsFor(name) {
		similar = append(similar, cmd.CommandPath()+" "+s)
	}
	if len(similar) > 0 {
		usage.Hint = strings.Join(similar, " or ")
	}
	return usage
}

// OneDate accepts one date.
func OneDate(cmd *cobra.Command, args []string) error {
	if err := CountArgs(cmd, args, 1, 1, "DATE"); err != nil {
		return err
	}
	return CheckDate(args[0])
}

// OptionalDate accepts one date or none.
func OptionalDate(cmd *cobra.Command, args []string) error {
	if err := CountArgs(cmd, args, 0, 1, "DATE"); err != nil || len(args) == 0 {
		return err
	}
	return CheckDate(args[0])
}

// CheckDate accepts a date prefix of the ledger.
func CheckDate(s string) error {
	if _, err := time.Parse(time.DateOnly, s); err != nil && s != pipeline.Undated {
		return &UsageError{fmt.Sprintf("%q is not a date", s), "a date like 2025-01-17, or " + pipeline.Undated}
	}
	return nil
}

// First is the first argument, if there is one.
func First(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}
