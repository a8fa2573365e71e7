package pipeline

import (
	"errors"
	"fmt"
	"path"
	"regexp"
	"strings"
	"time"
)

// A DatePattern says where the date of a file is: at a place of its key, in the time of its last
// modification, or fixed. docs/FORMATS.md describes the patterns. The zero value is the pattern
// {date}: a date such as 2025-01-17 at the start of the file's name.
type DatePattern struct{ compiled *datePattern }

type datePattern struct {
	text     string
	fixed    string // the date of all files
	modified bool   // the date is that of the object's time
	wholeKey bool   // the pattern is for the key, not only for its last element
	// strict matches dates whose month and day are within bounds, loose also others, so that a date
	// that does not exist is distinguished from a key without one.
	strict, loose *regexp.Regexp
	// order produces the start of the keys of a date if the pattern puts keys into the order of
	// their dates; it is nil otherwise.
	order []piece
}

// A piece is text of a key: literal, or a part of its date in a layout of package time.
type piece struct{ literal, layout string }

// ModifiedDate is the text of the pattern that takes the object's own time.
const ModifiedDate = "modified"

// namePattern is the zero value of DatePattern.
var namePattern = MustDatePattern("{date}").compiled

// MustDatePattern is ParseDatePattern for texts that are known to be valid.
func MustDatePattern(text string) DatePattern {
	p, err := ParseDatePattern(text)
	if err != nil {
		panic(err)
	}
	return p
}

func (p DatePattern) get() *datePattern {
	if p.compiled == nil {
		return namePattern
	}
	return p.compiled
}

// String returns the text that ParseDatePattern parses.
func (p DatePattern) String() string { return p.get().text }

// NeedsTime reports whether the date of a file depends on the time of its last modification.
func (p DatePattern) NeedsTime() bool { return p.get().modified }

// A placeholder stands for a part of a date in a pattern.
type placeholder struct {
	parts         string // the parts of a date, of y, m and d
	strict, loose string // regular expressions
	layout        string // of package time; empty if keys with it are not in the order of their dates
}

const (
	looseYear, looseMonth, looseDay = `(?P<y>\d{4})`, `(?P<m>\d{2})`, `(?P<d>\d{2})`
	strictMonth, strictDay          = `(?P<m>0[1-9]|1[0-2])`, `(?P<d>0[1-9]|[12]\d|3[01])`
	// Eight digits may be any number, so only a year from 1900 to 2199 makes a date of them.
	compactYear = `(?P<y>(?:19|20|21)\d\d)`
)

var placeholders = map[string]placeholder{
	"date": {"ymd", looseYear + "-" + strictMonth + "-" + strictDay, looseYear + "-" + looseMonth + "-" + looseDay,
		"2006-01-02"},
	"yyyymmdd": {"ymd", compactYear + strictMonth + strictDay, compactYear + looseMonth + looseDay, "20060102"},
	"yyyy":     {"y", looseYear, looseYear, "2006"},
	"mm":       {"m", strictMonth, looseMonth, "01"},
	"dd":       {"d", strictDay, looseDay, "02"},
	"m":        {"m", `(?P<m>1[0-2]|0?[1-9])`, `(?P<m>\d{1,2})`, ""},
	"d":        {"d", `(?P<d>3[01]|[12]\d|0?[1-9])`, `(?P<d>\d{1,2})`, ""},
	"hh":       {"", `\d{2}`, `\d{2}`, ""},
}

const placeholderNames = "{date}, {yyyymmdd}, {yyyy}, {mm}, {dd}, {m}, {d} and {hh}"

// longestDatePattern bounds the length of a pattern in bytes.
const longestDatePattern = 500

// ParseDatePattern returns the pattern of a text. docs/FORMATS.md describes the form.
func ParseDatePattern(text string) (DatePattern, error) {
	text = strings.TrimSpace(text)
	p := &datePattern{text: text}
	switch {
	case text == "":
		return DatePattern{}, errors.New("the pattern is empty")
	case len(text) > longestDatePattern:
		return DatePattern{}, fmt.Errorf("the pattern has more than %d bytes", longestDatePattern)
	case strings.EqualFold(text, ModifiedDate):
		p.text, p.modified = ModifiedDate, true
		return DatePattern{p}, nil
	}
	if _, err := time.Parse(time.DateOnly, text); err == nil {
		p.fixed = text
		return DatePattern{p}, nil
	}
	if err := p.compile(); err != nil {
		return DatePattern{}, err
	}
	return DatePattern{p}, nil
}

// compile makes the expressions of a pattern with placeholders.
func (p *datePattern) compile() error {
	var c patternCompiler
	rest := p.text
	for _, end := range []string{"...", "…", "*"} { // anything may follow in any case
		rest = strings.TrimSuffix(rest, end)
	}
	if p.wholeKey = strings.Contains(rest, "/"); !p.wholeKey || rest[0] == '/' {
		c.both(`^`)
		rest = strings.TrimPrefix(rest, "/")
	} else {
		c.both(`(?:^|/)`)
	}
	for rest != "" {
		var err error
		if rest, err = c.next(rest); err != nil {
			return err
		}
	}
	for _, part := range []string{"y", "m", "d"} {
		if strings.Count(c.parts, part) != 1 {
			return fmt.Errorf("the pattern needs a year, a month and a day, once each: the placeholders are %s",
				placeholderNames)
		}
	}
	if c.endsInDigits {
		c.both(`(?:[^0-9]|$)`)
	}
	if !c.unordered && c.parts == "ymd" {
		p.order = c.order
	}
	var err error
	if p.strict, err = regexp.Compile(c.strict.String()); err != nil {
		return fmt.Errorf("the pattern is not valid: %w", err)
	}
	p.loose, err = regexp.Compile(c.loose.String())
	return err
}

// A patternCompiler collects what the elements of a pattern contribute.
type patternCompiler struct {
	strict, loose strings.Builder
	parts         string // of the date, in their order
	order         []piece
	unordered     bool // keys are not in the order of their dates
	endsInDigits  bool // the last element is a number that further digits would change
}

func (c *patternCompiler) both(expression string) {
	c.strict.WriteString(expression)
	c.loose.WriteString(expression)
}

// next compiles the first element of a pattern and returns what follows it.
func (c *patternCompiler) next(pattern string) (rest string, err error) {
	complete := len(c.parts) == len("ymd") // what follows the date does not matter for the order
	c.endsInDigits = false
	switch pattern[0] {
	case '{':
		name, rest, closed := strings.Cut(pattern[1:], "}")
		known, exists := placeholders[strings.ToLower(name)]
		if !closed || !exists {
			return "", fmt.Errorf("the pattern has {%s, but the placeholders are %s", name, placeholderNames)
		}
		c.strict.WriteString(known.strict)
		c.loose.WriteString(known.loose)
		c.parts += known.parts
		c.endsInDigits = len(known.parts) <= 1
		if !complete {
			c.order = append(c.order, piece{layout: known.layout})
			c.unordered = c.unordered || known.layout == ""
		}
		return rest, nil
	case '*':
		rest = strings.TrimLeft(pattern, "*")
		if strings.HasPrefix(rest, "{") {
			c.both(`(?:[^/]*?[^/0-9])?`) // digits right before a date belong to another number
		} else {
			c.both(`[^/]*?`)
		}
		c.unordered = c.unordered || !complete
		return rest, nil
	case '}':
		return "", errors.New("the pattern has a } without a {")
	}
	n := strings.IndexAny(pattern, "{*}")
	if n < 0 {
		n = len(pattern)
	}
	c.both(regexp.QuoteMeta(pattern[:n]))
	if !complete {
		c.order = append(c.order, piece{literal: pattern[:n]})
	}
	return pattern[n:], nil
}

// find returns the date in a key: the text of a calendar date, or the reason why there is none.
func (p *datePattern) find(key string) (date, reason, detail string) {
	text := key
	if !p.wholeKey {
		text = path.Base(key)
	}
	expression := p.strict
	match := expression.FindStringSubmatch(text)
	if match == nil {
		expression = p.loose
		match = expression.FindStringSubmatch(text)
	}
	switch {
	case match == nil && p == namePattern:
		return Undated, ReasonNoDate, "the name does not start with a date like 2025-01-17"
	case match == nil:
		return Undated, ReasonNoDate, "the key does not match the pattern " + p.text + " (DATE_PATTERN)"
	}
	part := func(name string) string { return match[expression.SubexpIndex(name)] }
	two := func(s string) string { return strings.Repeat("0", 2-len(s)) + s }
	date = part("y") + "-" + two(part("m")) + "-" + two(part("d"))
	if _, err := time.Parse(time.DateOnly, date); err != nil {
		return Undated, ReasonBadDate, date + " is not a calendar date"
	}
	return date, "", ""
}

// firstKey returns the start of the keys of a date, if keys that begin with a date are in the order
// of their dates.
func (p *datePattern) firstKey(day time.Time) (string, bool) {
	var key strings.Builder
	for _, piece := range p.order {
		key.WriteString(piece.literal)
		if piece.layout != "" {
			key.WriteString(day.Format(piece.layout))
		}
	}
	return key.String(), len(p.order) > 0
}

// beginsWithDate reports whether a key begins with a date, before which there is only the pattern's
// own text.
func (p *datePattern) beginsWithDate(key string) bool {
	if len(p.order) == 0 {
		return false
	}
	at := p.strict.FindStringSubmatchIndex(key)
	return at != nil && at[0] == 0 && key[0] != '/'
}
