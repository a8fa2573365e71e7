package cli

import (
	"time"

	"github.com/schollz/progressbar/v3"
)

// A Bar shows how much of a known number of things is done: as a bar on a terminal, as plain lines
// elsewhere.
type Bar struct {
	out      *Terminal
	what     string
	terminal *progressbar.ProgressBar // nil where standard error is none
	shown    time.Time
}

// StartBar returns a bar that shows nothing until its first interval is over.
func (t *Terminal) StartBar(what string) *Bar {
	b := &Bar{out: t, what: what, shown: time.Now()}
	if isTerminal(t.Stderr) {
		b.terminal = progressbar.NewOptions64(1, progressbar.OptionSetWriter(t.Stderr),
			progressbar.OptionSetDescription(what), progressbar.OptionClearOnFinish(), progressbar.OptionShowCount(),
			progressbar.OptionSetPredictTime(true), progressbar.OptionFullWidth())
	}
	return b
}

// Show shows the progress. It prints once an interval, so that it may be called often.
func (b *Bar) Show(done, total int64) {
	every := lineEvery
	if b.terminal != nil {
		every = barEvery
	}
	if time.Since(b.shown) < every {
		return
	}
	b.shown = time.Now()
	if b.terminal == nil {
		b.out.Note("%s: %s of %s\n", b.what, Number(done), Number(total))
		return
	}
	b.terminal.ChangeMax64(total)
	_ = b.terminal.Set64(done)
}

// Finish removes the bar.
func (b *Bar) Finish() {
	if b.terminal != nil {
		_ = b.terminal.Finish()
	}
}
