package main

import (
	"time"

	"github.com/schollz/progressbar/v3"
)

// A countBar shows how much of a known number of things is done: as a bar on a terminal, as plain lines elsewhere.
type countBar struct {
	app      *app
	what     string
	terminal *progressbar.ProgressBar // nil where standard error is none
	shown    time.Time
}

// startBar returns a bar that shows nothing until its first interval is over.
func (a *app) startBar(what string) *countBar {
	b := &countBar{app: a, what: what, shown: time.Now()}
	if isTerminal(a.stderr) {
		b.terminal = progressbar.NewOptions64(1, progressbar.OptionSetWriter(a.stderr), progressbar.OptionSetDescription(what),
			progressbar.OptionClearOnFinish(), progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(true), progressbar.OptionFullWidth())
	}
	return b
}

// show is cheap: it prints once an interval.
func (b *countBar) show(done, total int64) {
	every := lineEvery
	if b.terminal != nil {
		every = barEvery
	}
	if time.Since(b.shown) < every {
		return
	}
	b.shown = time.Now()
	if b.terminal == nil {
		b.app.note("%s: %s of %s\n", b.what, number(done), number(total))
		return
	}
	b.terminal.ChangeMax64(total)
	_ = b.terminal.Set64(done)
}

func (b *countBar) finish() {
	if b.terminal != nil {
		_ = b.terminal.Finish()
	}
}
