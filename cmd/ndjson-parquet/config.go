package main

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net/url"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ndjson-parquet/internal/cli"
	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/home/awshome"
	"ndjson-parquet/internal/home/localhome"
	"ndjson-parquet/internal/pipeline"
	"ndjson-parquet/internal/settings"
)

func (a *app) configCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config [NAME]",
		Short: "Show every setting, its value, and where it is from",
		Long: `Show every setting, its value, and where it is from.

A flag wins over the environment variable of its setting, a variable over the record of the root, and the
record over the default. On AWS the settings are those of the deployed functions. NAME is a flag or an
environment variable; its value alone is on the first line. Secrets are masked. docs/SETTINGS.md has the same
list.`,
		Example: `  ndjson-parquet config                             everything, with what is set first
  ndjson-parquet config max-batch-age-seconds       one setting, with its documentation
  ndjson-parquet config --root aws:prod             what do the functions work with?
  ndjson-parquet config --json | jq -r '.settings[] | select(.source != "default") | .name'`,
		Args: cli.OptionalArg("NAME"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.config(cmd.Context(), cmd.Flags(), cli.First(args))
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return settingNames(), cobra.ShellCompDirectiveNoFileComp
		},
	}
	a.flags.AddCore(cmd)
	a.flags.AddServe(cmd.Flags())
	return cmd
}

// settingNames are the arguments that config completes.
func settingNames() []string {
	var names []string
	for _, s := range settings.Core {
		names = append(names, cmpName(s.Flag, s.Variable)+"\t"+s.Doc)
	}
	for _, p := range settings.Places {
		names = append(names, p.Flag+"\t"+p.Doc)
	}
	return names
}

func cmpName(flag, variable string) string {
	if flag != "" {
		return flag
	}
	return variable
}

// Where the value of a setting is from.
const (
	fromDefault     = "default"
	fromFlag        = "flag"
	fromEnvironment = "environment"
	fromRecord      = "root record"
	fromFunction    = "function's environment"
)

// A settingJSON is one setting.
type settingJSON struct {
	Name     string `json:"name"` // of the flag, else of the variable
	Value    string `json:"value"`
	Source   string `json:"source"`             // one of the constants above
	From     string `json:"from,omitempty"`     // the flag, variable, file or function
	Variable string `json:"variable,omitempty"` // environment variable
	Default  string `json:"default"`
	Unit     string `json:"unit,omitempty"`
	Doc      string `json:"doc"`
	Secret   bool   `json:"secret,omitempty"` // the value is masked
}

func (a *app) config(ctx context.Context, flags *pflag.FlagSet, name string) error {
	all, err := a.settings(ctx, flags)
	if err != nil {
		return err
	}
	if name != "" {
		return a.oneSetting(all, name)
	}
	if a.asJSON {
		return a.JSON(map[string]any{"settings": all})
	}
	// What was set matters more than what was not.
	slices.SortStableFunc(all, func(x, y settingJSON) int {
		switch {
		case (x.Source == fromDefault) == (y.Source == fromDefault):
			return 0
		case x.Source == fromDefault:
			return 1
		}
		return -1
	})
	t := a.NewTable("SETTING", "VALUE", "UNIT", "FROM", "WHAT IT IS")
	for _, s := range all {
		from := s.Source
		if s.From != "" {
			from += " " + s.From
		}
		source := cli.Text(from)
		if s.Source != fromDefault {
			source = source.Warn()
		}
		t.Row(cli.Text(s.Name), cli.Text(orDash(cli.Path(s.Value))), cli.Text(orDash(s.Unit)), source, cli.Text(s.Doc))
	}
	t.Print()
	return nil
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}

func (a *app) oneSetting(all []settingJSON, name string) error {
	wanted := strings.ToLower(strings.TrimLeft(name, "-"))
	i := slices.IndexFunc(all, func(s settingJSON) bool {
		return wanted == strings.ToLower(s.Name) || wanted == strings.ToLower(s.Variable)
	})
	if i < 0 {
		return cli.Usage("there is no setting "+name, "ndjson-parquet config, for all of them")
	}
	s := all[i]
	if a.asJSON {
		return a.JSON(s)
	}
	a.Say("%s\n", s.Value)
	line := func(label, text string) {
		if text != "" {
			a.Say("  %-9s %s\n", label, text)
		}
	}
	line("what", s.Doc)
	line("unit", s.Unit)
	line("from", strings.TrimSpace(s.Source+" "+s.From))
	line("default", s.Default)
	if s.Name != s.Variable {
		line("flag", "--"+s.Name)
	}
	line("variable", s.Variable)
	return nil
}

// settings returns every setting of the pipeline that --root names.
func (a *app) settings(ctx context.Context, flags *pflag.FlagSet) ([]settingJSON, error) {
	if env, ok := awshome.Environment(a.flags.Root); ok {
		return a.functionSettings(ctx, env)
	}
	root, config, err := a.findRoot(ctx)
	if err != nil {
		return nil, err
	}
	recorded, err := localhome.Recorded(ctx, a.flags.Root)
	hasRecord := err == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	record := home.Join(root.Places.Root, localhome.RecordName)
	all := coreSettings(config, pipeline.DefaultConfig(), a.flags.Lookup(a.Getenv))
	for i, s := range all {
		if s.Variable == "COMPRESSION_TYPE" && s.Source == fromDefault && hasRecord && recorded.Compression != "" {
			all[i].Source, all[i].From = fromRecord, record
		}
	}
	all = append(all, settingJSON{
		Name: "root", Value: root.Places.Root, Default: "data", Doc: "directory of the pipeline",
		Source: sourceOf(flags, "root"), From: flagOf(flags, "root"),
	})
	given, source := a.flags.Places(a.Getenv)
	for _, p := range settings.Places {
		s := settingJSON{
			Name: p.Flag, Value: withoutUser(*root.Places.Part(p.Flag)), Variable: p.Variable, Doc: p.Doc,
			Default: home.Join(a.flags.Root, p.Default), Source: fromDefault,
		}
		switch {
		case *given.Part(p.Flag) != "":
			s.Source, s.From = kindOf(source(p.Flag)), source(p.Flag)
		case hasRecord:
			s.Source, s.From = fromRecord, record
		}
		all = append(all, s)
	}
	for _, name := range []string{"executions", "settle", "list-every", "poll"} {
		f := flags.Lookup(name)
		all = append(all, settingJSON{
			Name: name, Value: f.Value.String(), Default: f.DefValue, Doc: f.Usage,
			Source: sourceOf(flags, name), From: flagOf(flags, name),
		})
	}
	return append(all, variableSettings(settings.Program, fromEnvironment, "", a.Getenv)...), nil
}

// functionSettings returns the settings of a pipeline on AWS.
func (a *app) functionSettings(ctx context.Context, env string) ([]settingJSON, error) {
	log, err := a.logger(slog.LevelWarn)
	if err != nil {
		return nil, err
	}
	getenv, function, err := awshome.Settings(ctx, env, a.Getenv, log)
	if err != nil {
		return nil, err
	}
	config, err := settings.Config(settings.AWS(), settings.Env(getenv))
	if err != nil {
		return nil, err
	}
	kind := fromEnvironment
	if function != "" {
		kind = fromFunction
	}
	all := coreSettings(config, settings.AWS(), settings.Env(getenv))
	for i := range all {
		if all[i].Source != fromDefault {
			all[i].Source, all[i].From = kind, strings.TrimSpace(function+" "+all[i].Variable)
		}
	}
	all = append(all, variableSettings(settings.Functions, kind, function, getenv)...)
	return append(all, variableSettings(settings.Program, fromEnvironment, "", a.Getenv)...), nil
}

// coreSettings returns the settings of the core.
func coreSettings(config, defaults pipeline.Config, lookup settings.Lookup) []settingJSON {
	var all []settingJSON
	for _, s := range settings.Core {
		j := settingJSON{
			Name: cmpName(s.Flag, s.Variable), Value: s.Get(config), Variable: s.Variable, Default: s.Get(defaults),
			Unit: s.Unit, Doc: s.Doc, Source: fromDefault,
		}
		if text, source := lookup(s); text != "" {
			j.Source, j.From = kindOf(source), source
		}
		all = append(all, j)
	}
	return all
}

// variableSettings returns settings that have a variable alone.
func variableSettings(
	variables []settings.Variable, kind, function string, getenv func(string) string,
) []settingJSON {
	var all []settingJSON
	for _, v := range variables {
		s := settingJSON{
			Name: v.Name, Value: v.Default, Variable: v.Name, Default: v.Default, Doc: v.Doc, Source: fromDefault,
			Secret: settings.IsSecret(v.Name),
		}
		if value := getenv(v.Name); value != "" {
			s.Value, s.Source, s.From = withoutUser(value), kind, strings.TrimSpace(function+" "+v.Name)
			if s.Secret {
				s.Value = "(set, not shown)"
			}
		}
		all = append(all, s)
	}
	return all
}

// kindOf returns the kind of source that "--max-depth" or "MAX_DEPTH" is.
func kindOf(source string) string {
	if strings.HasPrefix(source, "--") {
		return fromFlag
	}
	return fromEnvironment
}

func sourceOf(flags *pflag.FlagSet, name string) string {
	if flags.Changed(name) {
		return fromFlag
	}
	return fromDefault
}

func flagOf(flags *pflag.FlagSet, name string) string {
	if flags.Changed(name) {
		return "--" + name
	}
	return ""
}

// withoutUser removes name and password from a URL.
func withoutUser(value string) string {
	if u, err := url.Parse(value); err == nil && u.User != nil {
		u.User = url.User("...")
		return u.String()
	}
	return value
}
