package home

import (
	"fmt"
	"time"

	"ndjson-parquet/internal/pipeline"
)

// A Verdict is the result of one check of a checkup.
type Verdict string

// The verdicts.
const (
	Fine       Verdict = "ok"
	Warning    Verdict = "warning" // works, and should be looked at
	Problem    Verdict = "problem"
	NotChecked Verdict = "not checked" // the detail says what would be needed
)

// A CheckupFinding is the result of one check.
type CheckupFinding struct {
	Area    string  `json:"area"`    // what kind of thing was checked, such as "places"
	Subject string  `json:"subject"` // which one, such as "output"
	Verdict Verdict `json:"verdict"`
	Detail  string  `json:"detail"`
	// Fix is a command line for the shell that mends it, or shows what to mend. A finding that is a
	// problem has one.
	Fix string `json:"fix,omitempty"`
}

// A Checkup collects the findings about one pipeline.
type Checkup struct {
	Root     string // as --root names it
	Findings []CheckupFinding
}

// Fine adds a check without fault.
func (c *Checkup) Fine(area, subject, format string, args ...any) {
	c.add(Fine, area, subject, "", format, args)
}

// Warn adds a warning.
func (c *Checkup) Warn(area, subject, fix, format string, args ...any) {
	c.add(Warning, area, subject, fix, format, args)
}

// Problem adds a problem.
func (c *Checkup) Problem(area, subject, fix, format string, args ...any) {
	c.add(Problem, area, subject, fix, format, args)
}

// NotChecked adds a check that could not be made, and what it needs.
func (c *Checkup) NotChecked(area, subject, format string, args ...any) {
	c.add(NotChecked, area, subject, "", format, args)
}

func (c *Checkup) add(v Verdict, area, subject, fix, format string, args []any) {
	c.Findings = append(c.Findings, CheckupFinding{area, subject, v, fmt.Sprintf(format, args...), fix})
}

// Count returns the number of findings with a verdict.
func (c *Checkup) Count(v Verdict) int {
	n := 0
	for _, f := range c.Findings {
		if f.Verdict == v {
			n++
		}
	}
	return n
}

// Command returns the line that runs a command of the program on the pipeline.
func (c *Checkup) Command(args ...string) string {
	return Shell(append(append([]string{"ndjson-parquet"}, args...), "--root", c.Root)...)
}

// Shell returns a command as a line of shell.
func Shell(args ...string) string { return pipeline.Command{Args: args}.String() }

// CompareClock compares a server's clock with this machine's. AWS refuses requests that are signed
// with a clock that is five minutes off.
func (c *Checkup) CompareClock(name string, server, here time.Time) {
	const refused, tolerated = 4 * time.Minute, 5 * time.Second
	skew := here.Sub(server).Round(time.Second)
	switch {
	case skew.Abs() > refused:
		c.Problem("clock", name, "timedatectl set-ntp true", "this clock is %v off that of the server", skew)
	case skew.Abs() > tolerated:
		c.Warn("clock", name, "timedatectl set-ntp true", "this clock is %v off that of the server", skew)
	default:
		c.Fine("clock", name, "agrees with the server's to %v", max(skew.Abs(), time.Second))
	}
}
