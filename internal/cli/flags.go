package cli

import (
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"ndjson-parquet/internal/home"
	"ndjson-parquet/internal/home/localhome"
	"ndjson-parquet/internal/pipeline"
	"ndjson-parquet/internal/settings"
)

// Flags are the flags of places and settings that commands share. A setting that no flag names is
// taken from its environment variable.
type Flags struct {
	Root       string
	Executions int
	Settle     time.Duration
	ListEvery  time.Duration
	Poll       bool

	places map[string]*string // by flag
	core   map[string]*value  // by environment variable
}

// AddPlaces adds the flags of the places.
func (s *Flags) AddPlaces(f *pflag.FlagSet) {
	f.StringVar(&s.Root, "root", "data",
		"`directory` of the pipeline, or aws:ENV for one on AWS (aws is aws:dev; ./aws is a directory)")
	if s.places == nil {
		s.places = map[string]*string{}
		for _, p := range settings.Places {
			s.places[p.Flag] = new(string)
		}
	}
	for _, p := range settings.Places {
		f.StringVar(s.places[p.Flag], p.Flag, "", p.Doc+" (default ROOT/"+p.Default+", or the "+
			"recorded one) ["+p.Variable+"]")
	}
}

// AddCore adds the flags of places, the core and the runner.
func (s *Flags) AddCore(cmd *cobra.Command) {
	f := cmd.Flags()
	f.SortFlags = false
	s.AddPlaces(f)
	if s.core == nil {
		s.core = map[string]*value{}
	}
	for _, c := range settings.Core {
		if c.Flag == "" {
			continue
		}
		if s.core[c.Variable] == nil {
			s.core[c.Variable] = &value{setting: c}
		}
		f.Var(s.core[c.Variable], c.Flag, c.Usage(pipeline.DefaultConfig())+" ["+c.Variable+"]")
	}
	f.IntVar(&s.Executions, "executions", 0, "batches converted at the same time (default: by the number of CPUs)")
	f.DurationVar(&s.Settle, "settle", localhome.DefaultSettle,
		"time for which a file must be unchanged before it is admitted")
}

// AddServe adds the flags of a process that keeps working.
func (s *Flags) AddServe(f *pflag.FlagSet) {
	f.DurationVar(&s.ListEvery, "list-every", localhome.DefaultListEvery,
		"shortest time between two listings of the input")
	f.BoolVar(&s.Poll, "poll", false, "find new files by listing alone, without events of the file system (NFS, SMB)")
}

// A value is the pflag.Value of a setting. It is checked when it is parsed, so that an error names
// the flag.
type value struct {
	setting settings.Setting
	text    string
}

// String implements pflag.Value.
func (v *value) String() string { return v.text }

// Type implements pflag.Value. The help shows it as the name of the argument.
func (v *value) Type() string {
	if v.setting.Unit == "" {
		return "name"
	}
	return v.setting.Unit
}

// Set implements pflag.Value.
func (v *value) Set(text string) error {
	var c pipeline.Config
	if err := v.setting.Set(&c, "--"+v.setting.Flag, text); err != nil {
		return err
	}
	v.text = text
	return nil
}

// SetInput makes the INPUT argument of a command the input.
func (s *Flags) SetInput(args []string) error {
	if len(args) == 0 {
		return nil
	}
	if *s.places["input"] != "" {
		return Usage("INPUT is given twice, as an argument and as --input", "one of them")
	}
	*s.places["input"] = args[0]
	return nil
}

// Places returns the places that flags and environment variables name. Source returns where the
// place of a flag is named.
func (s *Flags) Places(getenv func(string) string) (p home.Places, source func(flag string) string) {
	p.Root = s.Root
	variables := map[string]string{}
	for _, place := range settings.Places {
		at := p.Part(place.Flag)
		if *at = *s.places[place.Flag]; *at == "" {
			*at = place.Address(getenv(place.Variable), s.Root)
			variables[place.Flag] = place.Variable
		}
	}
	return p, func(flag string) string {
		if v := variables[flag]; v != "" {
			return v
		}
		return "--" + flag
	}
}

// PlaceFlags returns the flags of places that are set.
func (s *Flags) PlaceFlags() []string {
	var set []string
	for _, p := range settings.Places {
		if *s.places[p.Flag] != "" {
			set = append(set, "--"+p.Flag)
		}
	}
	return set
}

// CoreFlags returns the flags of the core that are set.
func (s *Flags) CoreFlags() []string {
	var set []string
	for _, c := range settings.Core {
		if v := s.core[c.Variable]; v != nil && v.text != "" {
			set = append(set, "--"+c.Flag)
		}
	}
	return set
}

// Config returns the configuration that flags and environment variables make.
func (s *Flags) Config(getenv func(string) string) (pipeline.Config, error) {
	c, err := settings.Config(pipeline.DefaultConfig(), s.Lookup(getenv))
	if err != nil {
		return c, Usage(strings.ReplaceAll(err.Error(), "\n", "; "), "")
	}
	return c, nil
}

// Given returns the text of a setting if a flag or environment variable sets it, and which one. The
// text is in the form in which the configuration has it.
func (s *Flags) Given(getenv func(string) string, variable string) (text, source string, err error) {
	setting := settings.ByVariable(variable)
	text, source = s.Lookup(getenv)(setting)
	if text == "" {
		return "", "", nil
	}
	var c pipeline.Config
	if err := setting.Set(&c, source, text); err != nil {
		return "", source, Usage(err.Error(), "")
	}
	return setting.Get(c), source, nil
}

// Lookup looks settings up in flags, then in environment variables.
func (s *Flags) Lookup(getenv func(string) string) settings.Lookup {
	return func(setting settings.Setting) (text, source string) {
		if v := s.core[setting.Variable]; v != nil && v.text != "" {
			return v.text, "--" + setting.Flag
		}
		return getenv(setting.Variable), setting.Variable
	}
}

// Usage returns a UsageError.
func Usage(message, hint string) error { return &UsageError{message, hint} }

// AsUsage returns the UsageError in err.
func AsUsage(err error) (*UsageError, bool) {
	var usage *UsageError
	ok := errors.As(err, &usage)
	return usage, ok
}
