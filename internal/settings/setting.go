package settings

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"ndjson-parquet/convert"
	"ndjson-parquet/internal/pipeline"
)

// A Setting is one setting of the core.
type Setting struct {
	Flag     string // name of the flag, without dashes; empty if only the functions have the setting
	Variable string // name of the environment variable
	Doc      string // what it is, as a phrase
	Unit     string // files, MB, percent, …; empty for a choice
	Choices  []string

	kind kind
}

// A kind converts between a setting's text and its field of the configuration.
type kind struct {
	name string // for error messages: "a whole number of at least 1"
	get  func(*pipeline.Config) string
	set  func(*pipeline.Config, string) error
}

// Set sets the field of c from text. source is where the text is from, such as "--max-depth": it
// begins the error's message.
func (s Setting) Set(c *pipeline.Config, source, text string) error {
	err := s.kind.set(c, strings.TrimSpace(text))
	var detail *detailError
	switch {
	case errors.As(err, &detail):
		return fmt.Errorf("%s %q: expected %s: %w", source, text, s.kind.name, detail.error)
	case err != nil:
		return fmt.Errorf("%s %q: expected %s", source, text, s.kind.name)
	}
	return nil
}

// Get returns the text of the field of c.
func (s Setting) Get(c pipeline.Config) string { return s.kind.get(&c) }

// Usage returns the documentation with unit and default, in one line.
func (s Setting) Usage(c pipeline.Config) string {
	usage := s.Doc
	if len(s.Choices) > 0 {
		usage += ": " + choices(s.Choices)
	}
	value := s.Get(c)
	if s.Unit != "" && !strings.HasSuffix(s.Doc, s.Unit) {
		value += " " + s.Unit
	}
	return usage + " (default " + value + ")"
}

// choices joins words as in "snappy, zstd, gzip or none".
func choices(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

func whole(least int, field func(*pipeline.Config) *int) kind {
	return kind{
		name: fmt.Sprintf("a whole number of at least %d", least),
		get:  func(c *pipeline.Config) string { return strconv.Itoa(*field(c)) },
		set: func(c *pipeline.Config, text string) error {
			v, err := strconv.Atoi(text)
			if err == nil && v < least {
				err = strconv.ErrRange
			}
			if err == nil {
				*field(c) = v
			}
			return err
		},
	}
}

func parseNumber(text string, least float64) (float64, error) {
	v, err := strconv.ParseFloat(text, 64)
	if err == nil && !(v >= least && v <= 1e15) { // also refuses NaN
		err = strconv.ErrRange
	}
	return v, err
}

func number(field func(*pipeline.Config) *float64) kind {
	return kind{
		name: "a number of at least 0",
		get:  func(c *pipeline.Config) string { return strconv.FormatFloat(*field(c), 'f', -1, 64) },
		set: func(c *pipeline.Config, text string) error {
			v, err := parseNumber(text, 0)
			if err == nil {
				*field(c) = v
			}
			return err
		},
	}
}

// duration is a number of units of time.
func duration(unit time.Duration, least float64, field func(*pipeline.Config) *time.Duration) kind {
	return kind{
		name: fmt.Sprintf("a number of at least %g", least),
		get: func(c *pipeline.Config) string {
			return strconv.FormatFloat(float64(*field(c))/float64(unit), 'f', -1, 64)
		},
		set: func(c *pipeline.Config, text string) error {
			v, err := parseNumber(text, least)
			if err == nil && v*float64(unit) > float64(1<<62) {
				err = strconv.ErrRange
			}
			if err == nil {
				*field(c) = time.Duration(v * float64(unit))
			}
			return err
		},
	}
}

func choice[T ~string](words []string, field func(*pipeline.Config) *T) kind {
	return kind{
		name: choices(words),
		get:  func(c *pipeline.Config) string { return string(*field(c)) },
		set: func(c *pipeline.Config, text string) error {
			v := strings.ToLower(text)
			if !slices.Contains(words, v) {
				return strconv.ErrSyntax
			}
			*field(c) = T(v)
			return nil
		},
	}
}

// parsed is a value with a parser of its own. The error of the parser is part of the error of set.
func parsed[T fmt.Stringer](name string, field func(*pipeline.Config) *T, parse func(string) (T, error)) kind {
	return kind{
		name: name,
		get:  func(c *pipeline.Config) string { return (*field(c)).String() },
		set: func(c *pipeline.Config, text string) error {
			v, err := parse(text)
			if err != nil {
				return &detailError{err}
			}
			*field(c) = v
			return nil
		},
	}
}

// zone is the name of a time zone.
func zone(field func(*pipeline.Config) **time.Location) kind {
	return kind{
		name: "the name of a time zone, such as UTC or America/New_York",
		get: func(c *pipeline.Config) string {
			if *field(c) == nil {
				return time.UTC.String()
			}
			return (*field(c)).String()
		},
		set: func(c *pipeline.Config, text string) error {
			v, err := time.LoadLocation(text)
			if err == nil && (text == "" || strings.EqualFold(text, "local")) {
				err = strconv.ErrSyntax // the machine's zone would make the same file's date differ
			}
			if err == nil {
				*field(c) = v
			}
			return err
		},
	}
}

// A detailError says more about a text than what was expected.
type detailError struct{ error }

// codec is a name of a codec, kept as the one that convert.Compression has.
func codec(field func(*pipeline.Config) *string) kind {
	return kind{
		name: choices(Compressions),
		get:  func(c *pipeline.Config) string { return *field(c) },
		set: func(c *pipeline.Config, text string) error {
			v, err := convert.ParseCompression(strings.ToLower(text))
			if err == nil {
				*field(c) = v.String()
			}
			return err
		},
	}
}

var booleans = []string{"true", "false"}

func boolean(field func(*pipeline.Config) *bool) kind {
	return kind{
		name: choices(booleans),
		get:  func(c *pipeline.Config) string { return strconv.FormatBool(*field(c)) },
		set: func(c *pipeline.Config, text string) error {
			v, err := strconv.ParseBool(strings.ToLower(text))
			if err == nil {
				*field(c) = v
			}
			return err
		},
	}
}

// recordsPath is a convert.Options.RecordsPath.
func recordsPath(field func(*pipeline.Config) *string) kind {
	return kind{
		name: "a JSON pointer, such as /Records, or #",
		get:  func(c *pipeline.Config) string { return *field(c) },
		set: func(c *pipeline.Config, text string) error {
			err := convert.ValidateRecordsPath(text)
			if err == nil {
				*field(c) = text
			}
			return err
		},
	}
}
