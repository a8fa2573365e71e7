// Package cli is what the commands of the program share: printing, tables, progress, usage errors
// and completion. Everything that reaches a terminal goes through a Terminal, which escapes control
// characters in names and values.
package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// Exit codes.
const (
	ExitDone       = 0
	ExitFailed     = 1 // could not do it
	ExitUsage      = 2 // wrong usage
	ExitIncomplete = 3 // done, but something was quarantined, rejected or failed
)

// ErrIncomplete ends a command that did its work and has printed what was quarantined, rejected or
// failed.
var ErrIncomplete = errors.New("done, but something was quarantined, rejected or failed")

// A Terminal is where a command reads and writes, which need not be a terminal.
type Terminal struct {
	Stdin          io.Reader
	Stdout, Stderr *os.File
	Getenv         func(string) string
}

// Say prints to standard output. Control characters in the arguments are escaped, in the format
// they are not. The error of a write is ignored: the reader has gone away.
func (t *Terminal) Say(format string, args ...any) {
	_, _ = fmt.Fprintf(t.Stdout, format, escapeAll(args)...)
}

// Note prints to standard error, as Say does to standard output.
func (t *Terminal) Note(format string, args ...any) {
	_, _ = fmt.Fprintf(t.Stderr, format, escapeAll(args)...)
}

// JSON prints v as one indented JSON value on standard output.
func (t *Terminal) JSON(v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := t.Stdout.Write(escapeJSON(b.Bytes()))
	return err
}

// JSONLine prints v as one line of NDJSON on standard output.
func (t *Terminal) JSONLine(v any) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	_, err := t.Stdout.Write(escapeJSON(b.Bytes()))
	return err
}

// Colours reports whether standard output shows colours and may: https://no-color.org.
func (t *Terminal) Colours() bool {
	return t.Getenv("NO_COLOR") == "" && t.Getenv("TERM") != "dumb" && isTerminal(t.Stdout)
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }
